import { loraAdapters } from '../../adapters/lora.ts';
import { joinGradients, parameterValues } from '../../adapters/parameters.ts';
import type { TrainedParameters } from '../../adapters/trained-parameters.ts';
import { Weights, type StoredWeight } from '../../architectures/weights.ts';
import { gradients } from '../../autodiff/gradients.ts';
import { add, cast } from '../../graph/elementwise.ts';
import { type DType, type Value, input, withScope } from '../../graph/value.ts';
import type { Objective, ObjectiveSettings } from '../../objectives/objective.ts';
import { type AdamWSettings, adamW } from '../../optimizers/adamw.ts';
import { type DecoderGraphSettings, responseLogps, sumBySequence, sumInput, tokenCounts, tokenInputs } from './token-inputs.ts';

export interface TrainingStepSettings extends DecoderGraphSettings {
  readonly stored: ReadonlyMap<string, StoredWeight>;
  /** Element type of products; parameters, moments, metrics and the islands of `Precision` have the type of `state`. */
  readonly compute: DType;
  readonly state: DType;
  readonly trained: TrainedParameters;
  readonly objective: Objective;
  readonly objectiveSettings: ObjectiveSettings;
  readonly optimizer: AdamWSettings;
  /** The gradient starts from the input `accumulated_gradient`: a later micro-batch of a step. */
  readonly accumulates: boolean;
  /** The optimiser runs: the last micro-batch of a step. Otherwise the gradient comes out. */
  readonly updates: boolean;
}

/** Trained parameters as graph values, ready for the layers. */
export function trainedWeights(flat: Value, { layout, modules, adapterScale }: TrainedParameters, stored: ReadonlyMap<string, StoredWeight>, compute: DType): { readonly weights: Weights; readonly leaves: ReadonlyMap<string, Value> } {
  const leaves = parameterValues(flat, layout);
  const types = { stored, compute, islands: flat.dtype };
  const weights = modules.length === 0 ? new Weights({ ...types, trained: leaves }) : new Weights({ ...types, adapters: loraAdapters(modules, leaves, adapterScale) });
  return { weights, leaves };
}

/**
 * One training step as one graph: forward, loss, backward and (with `updates`) AdamW.
 * Outputs: `chosen_logps`, `rejected_logps`, `losses` (each `[pairs]`), and either `gradient` or
 * `next_parameters`, `next_first_moment`, `next_second_moment` (flat) and `grad_norm [1]`.
 * The loss minimised is `Σ weight · loss`; weights of a step's pairs add up to one.
 */
export function trainingStep(settings: TrainingStepSettings): { readonly [output: string]: Value } {
  const { compute, state, trained, objective } = settings;
  const size = [trained.layout.size];
  const flat = input('parameters', state, size);
  const { weights, leaves } = withScope('parameters', () => trainedWeights(flat, trained, settings.stored, compute));
  const rowLogps = responseLogps(tokenInputs(), weights, settings, true);
  const perPair = (name: string): Value => input(name, state, ['pairs']);

  const { losses, policy } = withScope('loss', () => {
    const rows = cast(rowLogps, state);
    const sums = { chosen: sumInput('chosen_sum', 'pairs', state), rejected: sumInput('rejected_sum', 'pairs', state) };
    const policy = { chosen: sumBySequence(sums.chosen, rows), rejected: sumBySequence(sums.rejected, rows) };
    const tokens = { chosen: tokenCounts(sums.chosen), rejected: tokenCounts(sums.rejected) };
    const reference = { chosen: perPair('reference_chosen'), rejected: perPair('reference_rejected') };
    return { losses: objective.losses({ policy, reference, tokens, offset: perPair('offset') }, settings.objectiveSettings), policy };
  });

  const names = trained.layout.tensors.map(({ name }) => name);
  const targets = names.flatMap((name) => leaves.get(name) ?? []);
  const made = withScope('backward', () => gradients([{ output: losses, seed: perPair('weight') }], targets));
  const gradient = withScope('gradient', () => {
    const own = joinGradients(new Map(names.flatMap((name, index) => (made[index] === undefined ? [] : [[name, cast(made[index], state)] as const]))), trained.layout);
    return settings.accumulates ? add(input('accumulated_gradient', state, size), own) : own;
  });
  const metrics = { chosen_logps: policy.chosen, rejected_logps: policy.rejected, losses };
  if (!settings.updates) return { ...metrics, gradient };

  const decayed = trained.layout.tensors.filter(({ decays }) => decays).reduce((sum, tensor) => sum + tensor.size, 0);
  const moments = { parameters: flat, firstMoment: input('first_moment', state, size), secondMoment: input('second_moment', state, size) };
  const step = { learningRate: input('learning_rate', state, [1]), correction1: input('correction1', state, [1]), correction2: input('correction2', state, [1]) };
  const next = withScope('optimizer', () => adamW(moments, gradient, step, settings.optimizer, decayed));
  return { ...metrics, next_parameters: next.parameters, next_first_moment: next.firstMoment, next_second_moment: next.secondMoment, grad_norm: next.gradNorm };
}
