import { failed } from '../failure.ts';
import { type Value, makeNode, makeSingle } from './value.ts';
import { dimAt, requireSameDType, sameShape, shapeText, staticDim } from './shape.ts';

/**
 * Operations that runtimes have as one kernel, lowered to primitives where it is missing or wrong.
 */

/** `x · inverseRms · weight` over the last axis, and `inverseRms [..., 1]` = 1/√(mean(x²) + epsilon). */
export function rmsNormalize(
  x: Value,
  weight: Value,
  epsilon: number,
): readonly [normalized: Value, inverseRms: Value] {
  requireSameDType('RmsNormalize', x, weight);
  if (dimAt(weight.shape, -1) !== dimAt(x.shape, -1))
    throw failed('graph-invalid', `The weight ${shapeText(weight.shape)} does not fit ${shapeText(x.shape)}.`);
  const [normalized, inverseRms] = makeNode(
    'RmsNormalize',
    [x, weight],
    [
      { dtype: x.dtype, shape: x.shape },
      { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] },
    ],
    { epsilon },
  );
  if (normalized === undefined || inverseRms === undefined)
    throw failed('graph-invalid', 'RmsNormalize was made without outputs.');
  return [normalized, inverseRms];
}

/**
 * {@link rmsNormalize} of `x + addition`, and that sum: a residual addition with the norm after it. Forward only: it
 * has no gradient rule, since its kernels keep no inverse root mean square.
 */
export function addRmsNormalize(
  x: Value,
  addition: Value,
  weight: Value,
  epsilon: number,
): readonly [normalized: Value, sum: Value] {
  requireSameDType('AddRmsNormalize', x, addition, weight);
  if (!sameShape(x.shape, addition.shape) || dimAt(weight.shape, -1) !== dimAt(x.shape, -1))
    throw failed(
      'graph-invalid',
      `${shapeText(x.shape)}, ${shapeText(addition.shape)} and the weight ${shapeText(weight.shape)} do not fit.`,
    );
  const [normalized, sum] = makeNode(
    'AddRmsNormalize',
    [x, addition, weight],
    [
      { dtype: x.dtype, shape: x.shape },
      { dtype: x.dtype, shape: x.shape },
    ],
    { epsilon },
  );
  if (normalized === undefined || sum === undefined)
    throw failed('graph-invalid', 'AddRmsNormalize was made without outputs.');
  return [normalized, sum];
}

/**
 * Rotary position embedding in the half-split form of Hugging Face models. `x [batch, seq, heads·headDim]`, `positions
 * [batch, seq]` int64, `cosine` and `sine [positions, rotated/2]`; of each head the first `rotated` numbers turn, all
 * of them where `headDim` is left out.
 */
export function rotate(
  x: Value,
  positions: Value,
  cosine: Value,
  sine: Value,
  headDim = 2 * staticDim(cosine.shape, -1),
): Value {
  requireSameDType('Rotate', x, cosine, sine);
  if (staticDim(x.shape, -1) % headDim !== 0 || 2 * staticDim(cosine.shape, -1) > headDim)
    throw failed('graph-invalid', `${shapeText(x.shape)} is not a whole number of heads of ${headDim}.`);
  return makeSingle('Rotate', [x, positions, cosine, sine], x.dtype, x.shape, { headDim });
}

/**
 * Blocks of int4 numbers along the last axis times their scales: `stored [rows, columns]` int4 and `scales [rows,
 * columns / blockSize]` give `[rows, columns]` in the scales' element type.
 */
export function dequantize(stored: Value, scales: Value): Value {
  const [columns, blocks] = [staticDim(stored.shape, -1), staticDim(scales.shape, -1)];
  if (
    stored.dtype !== 'int4' ||
    stored.shape.length !== 2 ||
    columns % blocks !== 0 ||
    stored.shape[0] !== scales.shape[0]
  )
    throw failed(
      'graph-invalid',
      `Scales ${shapeText(scales.shape)} do not fit ${stored.dtype} ${shapeText(stored.shape)}.`,
    );
  return makeSingle('Dequantize', [stored, scales], scales.dtype, stored.shape, { blockSize: columns / blocks });
}

/** `x · sigmoid(x)`. */
export const silu = (x: Value): Value => makeSingle('Silu', [x], x.dtype, x.shape);

/** `x` itself, computed only after every value of `after` is there; no optimiser or scheduler can move it earlier. */
export function barrier(x: Value, after: readonly Value[]): Value {
  return after.length === 0 ? x : makeSingle('Barrier', [x, ...after], x.dtype, x.shape);
}
