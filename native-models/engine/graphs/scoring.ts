import { Weights, type StoredWeight } from '../../decoder/weights.ts';
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
}: Pick<ScoringSettings, 'stored' | 'compute' | 'state' | 'trained'>): Weights {
  if (trained === null) return new Weights({ stored, compute, islands: state });
  return trainedWeights(input('parameters', state, [trained.layout.size]), trained, stored, compute).weights;
}

/** Summed response log-probabilities, forward only: output `logps [sequences]`, rows summed by the input `sum`. */
export function scoring(settings: ScoringSettings): { readonly logps: Value } {
  const rows = responseLogps(tokenInputs(), scoringWeights(settings), settings, false);
  return { logps: sumBySequence(input('sum', settings.state, ['sequences', 'rows']), cast(rows, settings.state)) };
}
