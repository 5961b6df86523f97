import { evaluate } from '../../graph/evaluate/evaluate.ts';
import type { NumericTensor } from '../../graph/evaluate/tensor.ts';
import { randomNumbers } from '../../graph/testing/random-feeds.ts';
import { type Value, input } from '../../graph/value.ts';
import { type GradientOptions, gradients } from '../gradients.ts';

type Feeds = { readonly [name: string]: NumericTensor };

const step = 1e-5;
/** Gradients smaller than this are compared absolutely. */
const floor = 1e-3;

function inputName(target: Value): string {
  if (target.origin.kind !== 'input') throw new TypeError('Central differences are taken for inputs');
  return target.origin.name;
}

/** `∂ Σ weights · output / ∂ target` by central differences. */
function centralDifferences(output: Value, weights: Float64Array, target: Value, feeds: Feeds): Float64Array {
  const name = inputName(target);
  const feed = feeds[name];
  if (feed === undefined) throw new TypeError(`${name} is not fed`);
  const lossAt = (element: number, shift: number): number => {
    const data = feed.data.with(element, (feed.data[element] ?? Number.NaN) + shift);
    const { y } = evaluate({ y: output }, { ...feeds, [name]: { shape: feed.shape, data } });
    return y?.data.reduce((sum, value, index) => sum + value * (weights[index] ?? Number.NaN), 0) ?? Number.NaN;
  };
  return feed.data.map((_, element) => (lossAt(element, step) - lossAt(element, -step)) / (2 * step));
}

/**
 * Largest relative error, over `targets`, of the gradients of a randomly weighted sum of `output` against central
 * differences; infinite when a gradient has another shape or element type than its target.
 */
export function gradientError(
  output: Value,
  targets: readonly Value[],
  feeds: Feeds,
  options: GradientOptions = {},
): number {
  const seed = input('seed', output.dtype, output.shape);
  const made = gradients([{ output, seed }], targets, options);
  const { y } = evaluate({ y: output }, feeds);
  if (y === undefined) throw new TypeError('The output was not computed');
  const random = randomNumbers(7);
  const weights = y.data.map(() => 2 * random() - 1);
  const results = evaluate(Object.fromEntries(made.map((gradient, index) => [String(index), gradient])), {
    ...feeds,
    seed: { shape: y.shape, data: weights },
  });
  return targets.reduce((worst, target, index) => {
    const [gradient, result] = [made[index], results[String(index)]];
    const sameKind =
      gradient?.dtype === target.dtype &&
      gradient.shape.length === target.shape.length &&
      result?.shape.join() === feeds[inputName(target)]?.shape.join();
    if (!sameKind || result === undefined) return Number.POSITIVE_INFINITY;
    return centralDifferences(output, weights, target, feeds).reduce((max, expected, element) => {
      const actual = result.data[element] ?? Number.NaN;
      const error = Math.abs(actual - expected) / Math.max(Math.abs(actual), Math.abs(expected), floor);
      return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(max, error);
    }, worst);
  }, 0);
}
