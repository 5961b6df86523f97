import { Weights, type StoredWeight, type WeightsOptions } from '../../decoder/weights.ts';
import { type DType, type Value, input } from '../../graph/value.ts';
import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import { cast } from '../../graph/elementwise.ts';
import { type DecoderGraphSettings, responseLogps, sumBySequence, tokenInputs } from './token-inputs.ts';
import { trainedWeights } from './micro-batch.ts';

export interface ScoringSettings extends DecoderGraphSettings {
  readonly stored: ReadonlyMap<string, StoredWeight>;
  readonly compute: DType;
  readonly state: DType;
  /** `null` scores the model as it is stored. */
  readonly trained: TrainedParameters | null;
}

/** The weights of a model as stored, or with what was trained fed as `parameters`. */
export function scoringWeights({
  stored,
  compute,
  state,
  trained,
  convertsOnce = false,
}: Pick<ScoringSettings, 'stored' | 'compute' | 'state' | 'trained'> & Pick<WeightsOptions, 'convertsOnce'>): Weights {
  if (trained === null) return new Weights({ stored, compute, islands: state, convertsOnce });
  const parameters = input('parameters', state, [trained.layout.size]);
  return trainedWeights(parameters, trained, { stored, compute, convertsOnce }).weights;
}

/** Summed response log-probabilities, forward only: output `logps [sequences]`, rows summed by the input `sum`. */
export function scoring(settings: ScoringSettings): { readonly logps: Value } {
  const rows = responseLogps(tokenInputs(), scoringWeights(settings), settings, false);
  return { logps: sumBySequence(input('sum', settings.state, ['sequences', 'rows']), cast(rows, settings.state)) };
}
