import { badInput } from '../failure.ts';
import type { Precision, ResolvedPrecision } from '../protocol/precision.ts';
import type { PrecisionName, PrecisionChoice } from '../vocabulary/lists.ts';

export const precisions: { readonly [name in PrecisionName]: Precision } = {
  float32: { name: 'float32', storage: 'as stored', compute: 'float32', lossScaling: false },
  bfloat16: { name: 'bfloat16', storage: 'as stored', compute: 'bfloat16', lossScaling: false },
  float16: { name: 'float16', storage: 'as stored', compute: 'float16', lossScaling: true },
  int4: { name: 'int4', storage: 'int4', compute: 'bfloat16', lossScaling: false },
};

/** The same storage with products in float32: what a provider without half-precision arithmetic runs. */
export function inFloat32(precision: Precision): Precision {
  return { ...precision, compute: 'float32', lossScaling: false };
}

/**
 * How a model that was trained in `precision` is computed on a provider: as there, or in float32 where that cannot be.
 */
export function runnableOn(provider: PrecisionQuestion['provider'], precision: Precision): Precision {
  return provider !== 'cuda' && precision.compute === 'bfloat16' ? inFloat32(precision) : precision;
}

export interface PrecisionQuestion {
  readonly asked: PrecisionChoice;
  readonly provider: 'cpu' | 'cuda' | 'webgpu' | 'dml';
  /** Every weight is trained, and so is kept in float32. */
  readonly trainsEverything: boolean;
  /** Of the card, e.g. 8.6; `null` where it is not known. */
  readonly computeCapability: number | null;
  /** Predicted bytes with weights in 16 bits, and what the card has free; `null` where it is not known. */
  readonly halfPrecisionBytes: number | null;
  readonly freeBytes: number | null;
}

/** The first card generation (Ampere) whose matrix units take bfloat16. */
const firstWithBfloat16 = 8;

/**
 * The precision a run gets, and why. Throws `precision-unavailable` for one that was asked for by name and cannot run.
 */
export function resolvePrecision(question: PrecisionQuestion): ResolvedPrecision {
  const { asked, provider, trainsEverything, computeCapability } = question;
  if (asked === 'auto') return choosePrecision(question);
  const refused = (why: string, instead: string): Error =>
    badInput('precision-unavailable', `The precision ${asked} cannot be used here: ${why}. Choose ${instead}.`, {
      precision: asked,
      provider,
      computeCapability,
    });
  if (asked === 'int4') {
    if (trainsEverything)
      throw refused('every weight is trained, and int4 weights cannot be', 'the precision auto, or train an adapter');
    return int4For(question, 'it was asked for');
  }
  if (asked === 'bfloat16') {
    if (provider !== 'cuda')
      throw refused(
        `the provider ${provider} has no bfloat16 products`,
        'the precision float32 (weights stay as they are stored), or int4, whose products are float32 there',
      );
    if (!hasBfloat16(question))
      throw refused(
        `the card's compute capability ${computeCapability} has no bfloat16 matrix units`,
        'the precision float16',
      );
  }
  const cost =
    asked === 'float16' && provider === 'cpu'
      ? '; the CPU computes it in float32 with casts around, which is slower than float32'
      : '';
  return { ...precisions[asked], reason: `it was asked for${cost}` };
}

function choosePrecision(question: PrecisionQuestion): ResolvedPrecision {
  const { provider, trainsEverything, computeCapability, halfPrecisionBytes, freeBytes } = question;
  if (provider === 'cpu')
    return { ...precisions.float32, reason: 'the CPU provider computes in float32 whatever the weights are stored in' };
  if (provider !== 'cuda')
    return {
      ...precisions.float32,
      reason:
        `${provider === 'dml' ? 'DirectML' : 'WebGPU'} has no bfloat16, and float16 there is not yet proven ` +
        'on a card',
    };
  const fits = halfPrecisionBytes === null || freeBytes === null || halfPrecisionBytes <= freeBytes;
  if (!fits && !trainsEverything)
    return int4For(question, 'weights in 16 bits would not fit into the memory that is free on the card');
  if (hasBfloat16(question))
    return { ...precisions.bfloat16, reason: 'the card computes bfloat16 in its matrix units' };
  return { ...precisions.float16, reason: `compute capability ${computeCapability} has no bfloat16 matrix units` };
}

function hasBfloat16({ computeCapability }: PrecisionQuestion): boolean {
  return computeCapability === null || computeCapability >= firstWithBfloat16;
}

/** int4 weights with the narrowest products that the provider has. */
function int4For(question: PrecisionQuestion, why: string): ResolvedPrecision {
  if (question.provider !== 'cuda')
    return { ...inFloat32(precisions.int4), reason: `${why}; products are float32 on ${question.provider}` };
  if (hasBfloat16(question)) return { ...precisions.int4, reason: why };
  return {
    ...precisions.int4,
    compute: 'float16',
    lossScaling: true,
    reason:
      `${why}; products are float16, since compute capability ${question.computeCapability} has no bfloat16 ` +
      'matrix units',
  };
}
