import { add, less, where } from '../../graph/elementwise.ts';
import { gather, leading, slice } from '../../graph/layout.ts';
import { loop } from '../../graph/loop.ts';
import { dimAt, sameShape } from '../../graph/shape.ts';
import { type Dim, type Shape, type Value, input, scalar } from '../../graph/value.ts';
import { type TrainingGraphSettings, microBatch } from './micro-batch.ts';
import { choose, update } from './update.ts';

export interface TrainingLoopSettings extends TrainingGraphSettings {
  /** Several micro-batches make a step: `updates` says after which the optimiser runs. */
  readonly accumulates: boolean;
}

/**
 * Several micro-batches in one run, with parameters, moments and the accumulated gradient carried inside: on a device
 * they cross the bus once a run instead of once a micro-batch. Inputs are those of `trainingStep`, stacked along a new
 * first axis `steps` where they change from one micro-batch to the next; `micro_batches` (int64, no dimensions) says
 * how many. Stacking pads them to one size; `sizes [steps, 4]` (int64: rows, row length, pairs, response rows) takes
 * that off again, so each micro-batch is computed as it would be alone, to the same bytes. All have as many pairs. With
 * `accumulates` also `updates [steps, 1]`: 1 where a step ends, else 0. Outputs as `trainingStep`, metrics stacked.
 */
export function trainingLoop(settings: TrainingLoopSettings): { readonly [output: string]: Value } {
  const { state, accumulates } = settings;
  const size = [settings.trained.layout.size];
  const start = [
    input('parameters', state, size),
    input('first_moment', state, size),
    input('second_moment', state, size),
    ...(accumulates ? [input('accumulated_gradient', state, size)] : []),
    ...(settings.lossScaling ? [input('loss_scale', state, [1]), input('good_updates', state, [1])] : []),
  ];
  const { carried, scans } = loop(
    input('micro_batches', 'int64', []),
    start,
    (iteration, inside) => {
      const [parameters, firstMoment, secondMoment, ...rest] = inside;
      const before = accumulates ? rest[0] : undefined;
      const [scale, goodUpdates] = rest.slice(accumulates ? 1 : 0);
      if (parameters === undefined || firstMoment === undefined || secondMoment === undefined)
        throw new RangeError('the training loop carries parameters and two moments');
      const lossScale = scale === undefined || goodUpdates === undefined ? null : { scale, goodUpdates };
      const sizes = gather(input('sizes', 'int64', ['steps', sizeNames.length]), iteration);
      const source: typeof input = (name, dtype, shape) =>
        unpadded(gather(input(name, dtype, ['steps', ...shape.map(paddedName)]), iteration), shape, sizes);
      const { metrics, gradient: own } = microBatch(source, parameters, scale ?? null, settings);
      const gradient = before === undefined ? own : add(before, own);
      const single = (name: string): Value => source(name, state, [1]);
      const step = {
        learningRate: single('learning_rate'),
        correction1: single('correction1'),
        correction2: single('correction2'),
      };
      const present = { parameters, firstMoment, secondMoment };
      const updated = update(present, gradient, step, lossScale, settings);
      const { gradNorm } = updated;
      const metricScans = [metrics['chosen_logps'], metrics['rejected_logps'], metrics['losses'], gradNorm].flatMap(
        (value) => value ?? [],
      );
      if (before === undefined)
        return { carried: [...vectors(updated), ...scaleValues(updated.lossScale)], scans: metricScans };
      const ends = less(scalar(state, 0.5), single('updates'));
      const kept =
        lossScale === null || updated.lossScale === null
          ? []
          : [
              where(ends, updated.lossScale.scale, lossScale.scale),
              where(ends, updated.lossScale.goodUpdates, lossScale.goodUpdates),
            ];
      return {
        carried: [...vectors(choose(ends, updated, present)), where(ends, scalar(state, 0), gradient), ...kept],
        scans: metricScans,
      };
    },
    { convertsWeights: true },
  );
  const named = (names: readonly string[], values: readonly Value[]): { readonly [name: string]: Value } =>
    Object.fromEntries(
      names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]] as const])),
    );
  return {
    ...named(['chosen_logps', 'rejected_logps', 'losses', 'grad_norm'], scans),
    ...named(['next_parameters', 'next_first_moment', 'next_second_moment'], carried),
    ...(accumulates ? named(['next_accumulated_gradient'], carried.slice(3)) : {}),
    ...(settings.lossScaling
      ? named(['next_loss_scale', 'next_good_updates'], carried.slice(accumulates ? 4 : 3))
      : {}),
  };
}

/** What `sizes` holds, in order. */
const sizeNames: Shape = ['batch', 'seq', 'pairs', 'rows'];

/** A size before the padding is taken off needs a name of its own, since equal names are equal sizes. */
function paddedName(dim: Dim): Dim {
  return typeof dim === 'string' && dim !== 'pairs' ? `most ${dim}` : dim;
}

/** One micro-batch's part of an input, of shape `shape`, whose axes lie side by side in `sizes`. */
function unpadded(part: Value, shape: Shape, sizes: Value): Value {
  if (sameShape(part.shape, shape)) return part;
  const first = sizeNames.indexOf(dimAt(shape, 0));
  return leading(part, slice(sizes, 0, first, first + shape.length), shape);
}

function vectors({
  parameters,
  firstMoment,
  secondMoment,
}: {
  readonly parameters: Value;
  readonly firstMoment: Value;
  readonly secondMoment: Value;
}): readonly Value[] {
  return [parameters, firstMoment, secondMoment];
}

function scaleValues(lossScale: { readonly scale: Value; readonly goodUpdates: Value } | null): readonly Value[] {
  return lossScale === null ? [] : [lossScale.scale, lossScale.goodUpdates];
}
