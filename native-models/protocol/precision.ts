import { z } from 'zod';
import { precisionNames } from '../vocabulary/lists.ts';

/**
 * In which element types a model is kept and computed. Adapters, their optimiser, and the islands are always float32.
 */
const precision = z.object({
  name: z.enum(precisionNames),
  /** Frozen weights: as the model's files have them, or as blocks of int4 with scales made from those. */
  storage: z.enum(['as stored', 'int4']),
  /** Element type of matrix products and of what lies between them. */
  compute: z.enum(['float32', 'bfloat16', 'float16']),
  /** The loss is multiplied by a factor that keeps small gradients above the smallest float16. */
  lossScaling: z.boolean(),
});
export type Precision = Readonly<z.output<typeof precision>>;

/** A precision that was settled on, and why, in one line. */
export const resolvedPrecision = precision.extend({ reason: z.string() });
export type ResolvedPrecision = Readonly<z.output<typeof resolvedPrecision>>;
