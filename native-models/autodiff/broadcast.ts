import { reduceSum } from '../graph/contraction.ts';
import { reshape } from '../graph/layout.ts';
import type { Value } from '../graph/value.ts';

/** Sums a gradient over the axes along which a value of shape `like` was broadcast. The one place that un-broadcasts. */
export function unbroadcast(gradient: Value, like: Value): Value {
  const extra = gradient.shape.length - like.shape.length;
  const axes = gradient.shape.flatMap((dim, axis) => {
    if (axis < extra) return [axis];
    return like.shape[axis - extra] === 1 && dim !== 1 ? [axis] : [];
  });
  if (axes.length === 0) return gradient;
  return reshape(reduceSum(gradient, { axes, keepDims: true }), like.shape);
}
