import { reduceSum } from '../graph/contraction.ts';
import type { Value } from '../graph/value.ts';

/**
 * Sums a gradient over the axes along which a value of shape `like` was broadcast. The one place that un-broadcasts.
 */
export function unbroadcast(gradient: Value, like: Value): Value {
  const extra = gradient.shape.length - like.shape.length;
  // Axes the value lacks go first and whole: giving them back by a reshape could leave several sizes open.
  const aligned =
    extra === 0 ? gradient : reduceSum(gradient, { axes: Array.from({ length: extra }, (_, axis) => axis) });
  const axes = aligned.shape.flatMap((dim, axis) => (like.shape[axis] === 1 && dim !== 1 ? [axis] : []));
  return axes.length === 0 ? aligned : reduceSum(aligned, { axes, keepDims: true });
}
