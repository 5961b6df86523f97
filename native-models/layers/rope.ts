import { type DType, type Value, constant } from '../graph/value.ts';
import { type RopeScaling, stretched } from './rope-scaling.ts';

export interface RotarySettings {
  /** Numbers at the start of each head that are rotated, even; those after them stay as they are. */
  readonly rotatedDims: number;
  readonly theta: number;
  /** `null`: the frequencies are not stretched. */
  readonly scaling: RopeScaling | null;
}

/** Inverse frequencies `[rotatedDims / 2]`, rounded to float32 where the reference implementation rounds. */
export function inverseFrequencies({ rotatedDims, theta, scaling }: RotarySettings): readonly number[] {
  const plain = Array.from({ length: rotatedDims / 2 }, (_, index) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * index) / rotatedDims))),
  );
  return scaling === null ? plain : stretched(plain, theta, scaling);
}

/** Cosines and sines are multiplied by it, and so attention scores by its square. */
export function attentionFactor({ scaling }: Pick<RotarySettings, 'scaling'>): number {
  return scaling?.kind === 'yarn' || scaling?.kind === 'longrope' ? scaling.attentionFactor : 1;
}

/** The numbers of a table: rows of the positions from `start` to `end` (not included), one after the other. */
export function rotaryRows(
  settings: RotarySettings,
  of: 'cosine' | 'sine',
  { start, end }: { readonly start: number; readonly end: number },
): number[] {
  const [frequencies, factor] = [inverseFrequencies(settings), attentionFactor(settings)];
  const turn = of === 'cosine' ? Math.cos : Math.sin;
  return Array.from({ length: end - start }, (_, row) =>
    frequencies.map((frequency) => factor * turn(Math.fround((start + row) * frequency))),
  ).flat();
}

export interface RotaryTables {
  /** `[positions, rotatedDims / 2]` */
  readonly cosine: Value;
  /** `[positions, rotatedDims / 2]` */
  readonly sine: Value;
}

/** Cosines and sines of every position below `positions`. */
export function rotaryTables(settings: RotarySettings, positions: number, dtype: DType): RotaryTables {
  const table = (of: 'cosine' | 'sine'): Value =>
    constant(dtype, [positions, settings.rotatedDims / 2], rotaryRows(settings, of, { start: 0, end: positions }));
  return { cosine: table('cosine'), sine: table('sine') };
}
