import type { DType } from '../graph/value.ts';

export type PrecisionName = 'float32' | 'bfloat16' | 'float16' | 'int4';

/** In which element types a model is kept and computed. Adapters, their optimiser, and the islands are always float32. */
export interface Precision {
  readonly name: PrecisionName;
  /** Frozen weights: as the model's files have them, or as blocks of int4 with scales made from those. */
  readonly storage: 'as stored' | 'int4';
  /** Element type of matrix products and of what lies between them. */
  readonly compute: Extract<DType, 'float32' | 'bfloat16' | 'float16'>;
  /** The loss is multiplied by a factor that keeps small gradients above the smallest float16. */
  readonly lossScaling: boolean;
}

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

export interface PrecisionQuestion {
  readonly provider: 'cpu' | 'cuda' | 'webgpu' | 'dml';
  /** Of the card, e.g. 8.6; `null` where it is not known. */
  readonly computeCapability: number | null;
  /** Predicted bytes with weights in 16 bits, and what the card has free; `null` where it is not known. */
  readonly halfPrecisionBytes: number | null;
  readonly freeBytes: number | null;
}

/** The precision that `auto` stands for, and why. */
export function choosePrecision({ provider, computeCapability, halfPrecisionBytes, freeBytes }: PrecisionQuestion): { readonly precision: Precision; readonly reason: string } {
  if (provider === 'cpu') return { precision: precisions.float32, reason: 'the CPU provider computes in float32 whatever the weights are stored in' };
  if (provider !== 'cuda') return { precision: precisions.float32, reason: `${provider === 'dml' ? 'DirectML' : 'WebGPU'} has no bfloat16, and float16 there is not yet proven on a card` };
  const fits = halfPrecisionBytes === null || freeBytes === null || halfPrecisionBytes <= freeBytes;
  const ampere = computeCapability === null || computeCapability >= 8;
  if (!fits) return { precision: ampere ? precisions.int4 : { ...precisions.int4, compute: 'float16', lossScaling: true }, reason: 'weights in 16 bits would not fit into the memory that is free on the card' };
  if (ampere) return { precision: precisions.bfloat16, reason: 'the card computes bfloat16 in its matrix units' };
  return { precision: precisions.float16, reason: `compute capability ${computeCapability} has no bfloat16 matrix units` };
}
