import { failed } from '../failure.ts';
import { type Value, makeLoop, makeValue, scalar } from './value.ts';
import { type Shape } from './value.ts';

export interface LoopStep {
  /** New values of what is carried, in the same order; a size may have grown. */
  readonly carried: readonly Value[];
  /** Values stacked over the iterations. */
  readonly scans?: readonly Value[];
  /** A bool without dimensions: go on after this iteration. */
  readonly goOn?: Value;
}

/**
 * Repeats `body` at most `trips` times (int64 without dimensions) inside the graph; what the body uses from outside
 * stays outside and is computed once, save conversions of stored weights with `convertsWeights`. `shapes` names the
 * carried shapes inside the body where they differ from the start's. Returns the carried values after the last
 * iteration, then the scans `[iterations, ...]`.
 */
export function loop(
  trips: Value,
  start: readonly Value[],
  body: (iteration: Value, carried: readonly Value[]) => LoopStep,
  {
    shapes = start.map((value) => value.shape),
    convertsWeights = false,
  }: { readonly shapes?: readonly Shape[]; readonly convertsWeights?: boolean } = {},
): { readonly carried: readonly Value[]; readonly scans: readonly Value[] } {
  const iteration = makeValue('int64', [], { kind: 'bodyInput', name: 'iteration' });
  const condition = makeValue('bool', [], { kind: 'bodyInput', name: 'condition' });
  const inside = start.map((value, index) =>
    makeValue(value.dtype, shapes[index] ?? value.shape, { kind: 'bodyInput', name: `carried_${index}` }),
  );
  const step = body(iteration, inside);
  if (step.carried.length !== start.length)
    throw failed('graph-invalid', `The loop carries ${start.length} values, its body returned ${step.carried.length}.`);
  const scans = step.scans ?? [];
  const outputs = makeLoop(
    [trips, scalar('bool', 1), ...start],
    [
      ...inside.map(({ dtype, shape }) => ({ dtype, shape })),
      ...scans.map(({ dtype, shape }) => ({ dtype, shape: ['iterations', ...shape] })),
    ],
    {
      inputs: [iteration, condition, ...inside],
      outputs: [step.goOn ?? condition, ...step.carried, ...scans],
      convertsWeights,
    },
  );
  return { carried: outputs.slice(0, start.length), scans: outputs.slice(start.length) };
}
