/** How rotary frequencies are stretched for long contexts, after transformers' modeling_rope_utils.py. */
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
    }
  | {
      /** YaRN: frequencies that turn seldom within the original context divided by `factor`, a ramp to the others. */
      readonly kind: 'yarn';
      readonly factor: number;
      readonly attentionFactor: number;
      /** Turns within the original context: frequencies with more are kept, those with fewer divided. */
      readonly keptTurns: number;
      readonly dividedTurns: number;
      readonly originalMaxPositions: number;
      /** The ends of the ramp are rounded outwards to whole frequencies. */
      readonly wholeEnds: boolean;
    }
  | {
      /** NTK: frequencies change with the length of a text that is longer than the model's context; plain within it. */
      readonly kind: 'dynamic';
      readonly factor: number;
    }
  | {
      /**
       * LongRoPE: each frequency divided by a factor of its own. A text longer than the original context has other
       * factors for all of its positions; these are those of texts within it.
       */
      readonly kind: 'longrope';
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly attentionFactor: number;
      readonly originalMaxPositions: number;
    };

/** Frequencies as `scaling` stretches them; `plain` are those of `theta`, highest first. */
export function stretched(plain: readonly number[], theta: number, scaling: RopeScaling): readonly number[] {
  switch (scaling.kind) {
    case 'dynamic':
      return plain;
    case 'linear':
      return plain.map((frequency) => Math.fround(frequency / scaling.factor));
    case 'longrope':
      return plain.map((frequency, index) => Math.fround(frequency / (scaling.shortFactors[index] ?? Number.NaN)));
    case 'llama3':
      return plain.map((frequency) => llama3Frequency(frequency, scaling));
    case 'yarn':
      return yarnFrequencies(plain, theta, scaling);
  }
}

type Scaling<Kind extends RopeScaling['kind']> = Extract<RopeScaling, { readonly kind: Kind }>;

function llama3Frequency(frequency: number, scaling: Scaling<'llama3'>): number {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalMaxPositions / highFrequencyFactor) return frequency;
  if (wavelength > originalMaxPositions / lowFrequencyFactor) return Math.fround(frequency / factor);
  const smooth = (originalMaxPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
}

function yarnFrequencies(plain: readonly number[], theta: number, scaling: Scaling<'yarn'>): readonly number[] {
  const { factor, keptTurns, dividedTurns, originalMaxPositions, wholeEnds } = scaling;
  const dims = 2 * plain.length;
  /** Where the frequency lies that turns so often within the original context. */
  const placeOf = (turns: number): number =>
    (dims * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [from, to] = [placeOf(keptTurns), placeOf(dividedTurns)];
  const low = Math.max(wholeEnds ? Math.floor(from) : from, 0);
  const high = Math.min(wholeEnds ? Math.ceil(to) : to, dims - 1);
  const width = low === high ? 0.001 : high - low;
  return plain.map((frequency, index) => {
    const divided = Math.min(1, Math.max(0, (index - low) / width));
    return Math.fround((frequency / factor) * divided + frequency * (1 - divided));
  });
}
