import { loraAdapters } from '../../parameters/lora.ts';
import { joinGradients, parameterValues } from '../../parameters/parameters.ts';
import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { Weights, type StoredWeight, type WeightsOptions } from '../../decoder/weights.ts';
import { gradients } from '../../autodiff/gradients.ts';
import { cast, mul } from '../../graph/elementwise.ts';
import { type DType, type Value, withScope } from '../../graph/value.ts';
import type { ObjectiveInputs } from '../../objectives/objective.ts';
import type { AdamWSettings } from '../../optimizers/adamw.ts';
import {
  type DecoderGraphSettings,
  type InputSource,
  responseLogps,
  sumBySequence,
  tokenCounts,
  tokenInputs,
} from './token-inputs.ts';

export interface TrainingGraphSettings extends DecoderGraphSettings {
  readonly stored: ReadonlyMap<string, StoredWeight>;
  /** Element type of products; parameters, moments, metrics and the islands of `Precision` have the type of `state`. */
  readonly compute: DType;
  readonly state: DType;
  readonly trained: TrainedParameters;
  /** The loss of each pair, `[pairs]`: an objective with its settings. */
  readonly losses: (inputs: ObjectiveInputs) => Value;
  readonly optimizer: AdamWSettings;
  /** The backward pass starts from a scaled loss, and an update that would overflow is left out. */
  readonly lossScaling: boolean;
}

/** Trained parameters as graph values, ready for the layers. */
export function trainedWeights(
  flat: Value,
  { layout, modules, adapterScale }: TrainedParameters,
  frozen: Pick<WeightsOptions, 'stored' | 'compute' | 'convertsOnce'>,
): { readonly weights: Weights; readonly leaves: ReadonlyMap<string, Value> } {
  const leaves = parameterValues(flat, layout);
  const types = { ...frozen, islands: flat.dtype };
  const weights =
    modules.length === 0
      ? new Weights({ ...types, trained: leaves })
      : new Weights({ ...types, adapters: loraAdapters(modules, leaves, adapterScale) });
  return { weights, leaves };
}

export interface MicroBatch {
  /** `chosen_logps`, `rejected_logps`, `losses`, each `[pairs]`. */
  readonly metrics: { readonly [name: string]: Value };
  /** Of `scale · Σ weight · loss` with respect to the flat parameters. */
  readonly gradient: Value;
}

/**
 * Forward, loss and backward over one micro-batch. The loss is `Σ weight · loss`; weights of a step's pairs add up to
 * one. `source` declares the inputs; `scale [1]` multiplies the loss where there is one.
 */
export function microBatch(
  source: InputSource,
  flat: Value,
  scale: Value | null,
  settings: TrainingGraphSettings,
): MicroBatch {
  const { state, trained } = settings;
  const { weights, leaves } = withScope('parameters', () =>
    trainedWeights(flat, trained, { stored: settings.stored, compute: settings.compute }),
  );
  const rowLogps = responseLogps(tokenInputs(source), weights, settings, true);
  const perPair = (name: string): Value => source(name, state, ['pairs']);

  const { losses, policy } = withScope('loss', () => {
    const rows = cast(rowLogps, state);
    const sums = {
      chosen: source('chosen_sum', state, ['pairs', 'rows']),
      rejected: source('rejected_sum', state, ['pairs', 'rows']),
    };
    const policy = { chosen: sumBySequence(sums.chosen, rows), rejected: sumBySequence(sums.rejected, rows) };
    const tokens = { chosen: tokenCounts(sums.chosen), rejected: tokenCounts(sums.rejected) };
    const reference = { chosen: perPair('reference_chosen'), rejected: perPair('reference_rejected') };
    return {
      losses: settings.losses({ policy, reference, tokens, offset: perPair('offset') }),
      policy,
    };
  });

  const names = trained.layout.tensors.map(({ name }) => name);
  const targets = names.flatMap((name) => leaves.get(name) ?? []);
  const weight = perPair('weight');
  const seed = scale === null ? weight : mul(weight, scale);
  const made = withScope('backward', () => gradients([{ output: losses, seed }], targets));
  const gradient = withScope('gradient', () =>
    joinGradients(
      new Map(
        names.flatMap((name, index) => (made[index] === undefined ? [] : [[name, cast(made[index], state)] as const])),
      ),
      trained.layout,
    ),
  );
  return { metrics: { chosen_logps: policy.chosen, rejected_logps: policy.rejected, losses }, gradient };
}
