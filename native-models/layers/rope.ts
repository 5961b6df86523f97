import { type DType, type Value, constant } from '../graph/value.ts';

/** How rotary frequencies are stretched for long contexts; `null` means not at all. */
export type RopeScaling =
  | {
      /** Llama 3.1: long wavelengths divided by `factor`, short ones kept, a smooth ramp between. */
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      /** Every position divided by `factor`. */
      readonly kind: 'linear';
      readonly factor: number;
    };

export interface RotarySettings {
  /** Even. */
  readonly headDim: number;
  readonly theta: number;
  readonly scaling: RopeScaling | null;
}

/** Inverse frequencies `[headDim / 2]`, rounded to float32 where the reference implementation rounds. */
export function inverseFrequencies({ headDim, theta, scaling }: RotarySettings): readonly number[] {
  const plain = Array.from({ length: headDim / 2 }, (_, index) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * index) / headDim))),
  );
  if (scaling === null) return plain;
  const { factor } = scaling;
  if (scaling.kind === 'linear') return plain.map((frequency) => Math.fround(frequency / factor));
  const { lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < originalMaxPositions / highFrequencyFactor) return frequency;
    if (wavelength > originalMaxPositions / lowFrequencyFactor) return Math.fround(frequency / factor);
    const smooth =
      (originalMaxPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
  });
}

export interface RotaryTables {
  /** `[positions, headDim / 2]` */
  readonly cosine: Value;
  /** `[positions, headDim / 2]` */
  readonly sine: Value;
}

/** Cosines and sines of every position below `positions`. */
export function rotaryTables(settings: RotarySettings, positions: number, dtype: DType): RotaryTables {
  const frequencies = inverseFrequencies(settings);
  const shape = [positions, frequencies.length];
  const table = (of: (angle: number) => number): Value => {
    const numbers = Array.from({ length: positions }, (_, position) =>
      frequencies.map((frequency) => of(Math.fround(position * frequency))),
    );
    return constant(dtype, shape, numbers.flat());
  };
  return { cosine: table(Math.cos), sine: table(Math.sin) };
}
