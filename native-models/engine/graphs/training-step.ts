import { add } from '../../graph/elementwise.ts';
import { type Value, input } from '../../graph/value.ts';
import { type TrainingGraphSettings, microBatch } from './micro-batch.ts';
import { update } from './update.ts';

export interface TrainingStepSettings extends TrainingGraphSettings {
  /** The gradient starts from the input `accumulated_gradient`: a later micro-batch of a step. */
  readonly accumulates: boolean;
  /** The optimiser runs: the last micro-batch of a step. Otherwise the gradient comes out. */
  readonly updates: boolean;
}

/**
 * One training step as one graph: forward, loss, backward and (with `updates`) AdamW. Outputs: `chosen_logps`,
 * `rejected_logps`, `losses` (each `[pairs]`), and either `gradient` or `next_parameters`, `next_first_moment`,
 * `next_second_moment` (flat) and `grad_norm [1]`. With loss scaling the gradient is a scaled one, and there are
 * `loss_scale` and `good_updates`, `[1]` each, in and `next_` out.
 */
export function trainingStep(settings: TrainingStepSettings): { readonly [output: string]: Value } {
  const { state } = settings;
  const flat = (name: string): Value => input(name, state, [settings.trained.layout.size]);
  const single = (name: string): Value => input(name, state, [1]);
  const parameters = flat('parameters');
  const lossScale = settings.lossScaling ? { scale: single('loss_scale'), goodUpdates: single('good_updates') } : null;
  const { metrics, gradient: own } = microBatch(input, parameters, lossScale?.scale ?? null, settings);
  const gradient = settings.accumulates ? add(flat('accumulated_gradient'), own) : own;
  if (!settings.updates) return { ...metrics, gradient };

  const moments = { parameters, firstMoment: flat('first_moment'), secondMoment: flat('second_moment') };
  const step = {
    learningRate: single('learning_rate'),
    correction1: single('correction1'),
    correction2: single('correction2'),
  };
  const next = update(moments, gradient, step, lossScale, settings);
  return {
    ...metrics,
    next_parameters: next.parameters,
    next_first_moment: next.firstMoment,
    next_second_moment: next.secondMoment,
    grad_norm: next.gradNorm,
    ...(next.lossScale === null
      ? {}
      : { next_loss_scale: next.lossScale.scale, next_good_updates: next.lossScale.goodUpdates }),
  };
}
