import { type RotarySettings, inverseFrequencies } from '../../layers/rope.ts';
import type { GgufValue } from './value.ts';

/** Tensors that say how frequencies are stretched; no weights of the model. */
const plainFactors = 'rope_freqs.weight';
const longFactors = 'rope_factors_long.weight';
const shortFactors = 'rope_factors_short.weight';
export const ropeTensors: ReadonlySet<string> = new Set([plainFactors, longFactors, shortFactors]);

/** What llama.cpp's YaRN takes where a file says nothing else, and multiplies cosines and sines by. */
const usualTurns = { kept: 32, divided: 1 };
const usualAttentionFactor = (factor: number): number => 0.1 * Math.log(factor) + 1;

/** Why llama.cpp would rotate otherwise, in words; `null` where it would not. */
export function ropeRefusal({ scaling }: RotarySettings): string | null {
  if (scaling?.kind !== 'yarn') return null;
  if (!scaling.wholeEnds) return 'llama.cpp rounds the ends of the ramp of YaRN (truncate false in config.json)';
  if (scaling.factor <= 1) return `llama.cpp has no YaRN with a factor of ${scaling.factor}`;
  if (scaling.keptTurns !== usualTurns.kept || scaling.dividedTurns !== usualTurns.divided)
    return (
      `llama.cpp's YaRN has beta_fast 32 and beta_slow 1, where this model has ${scaling.keptTurns} and ` +
      `${scaling.dividedTurns}`
    );
  return null;
}

/** How frequencies are stretched, by llama.cpp's keys within those of the architecture. */
export function ropeFields({ scaling }: RotarySettings): readonly (readonly [key: string, value: GgufValue])[] {
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const number = (value: number): GgufValue => ({ type: 'float32', value });
  const original = (value: number): GgufValue => ({ type: 'uint32', value });
  switch (scaling?.kind) {
    case 'linear':
      return [
        ['rope.scaling.type', text('linear')],
        ['rope.scaling.factor', number(scaling.factor)],
      ];
    case 'yarn':
      return [
        ['rope.scaling.type', text('yarn')],
        ['rope.scaling.factor', number(scaling.factor)],
        ['rope.scaling.original_context_length', original(scaling.originalMaxPositions)],
        ['rope.scaling.attn_factor', number(scaling.attentionFactor / usualAttentionFactor(scaling.factor))],
      ];
    case 'longrope':
      return [
        ['rope.scaling.type', text('longrope')],
        ['rope.scaling.original_context_length', original(scaling.originalMaxPositions)],
        ['rope.scaling.attn_factor', number(scaling.attentionFactor)],
      ];
    default:
      return [];
  }
}

/** What each plain frequency is divided by, as tensors, for the kinds of scaling that need them. */
export function ropeFactors(
  rotary: RotarySettings,
): readonly { readonly name: string; readonly factors: readonly number[] }[] {
  const { scaling } = rotary;
  switch (scaling?.kind) {
    case 'llama3':
      return [{ name: plainFactors, factors: dividers(rotary) }];
    case 'longrope':
      return [
        { name: longFactors, factors: scaling.longFactors },
        { name: shortFactors, factors: scaling.shortFactors },
      ];
    default:
      return [];
  }
}

function dividers(rotary: RotarySettings): readonly number[] {
  const plain = inverseFrequencies({ ...rotary, scaling: null });
  return inverseFrequencies(rotary).map((frequency, index) => (plain[index] ?? 0) / frequency);
}
