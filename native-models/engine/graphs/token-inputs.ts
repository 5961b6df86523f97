import type { DecoderConfig } from '../../families/decoder-config.ts';
import { forLayers, forRotations } from '../../families/layer-plans.ts';
import type { Weights } from '../../decoder/weights.ts';
import { type Attend, decoder, headBias, headName, headWeight } from '../../decoder/decoder.ts';
import { type DType, type Shape, type Value, input, withScope } from '../../graph/value.ts';
import { attentionBias, attentionBiasBlocks } from '../../layers/attention-bias.ts';
import { attention } from '../../layers/attention.ts';
import { blockedAttention } from '../../layers/blocked-attention.ts';
import { frozenTargetLogps, selectRows, targetLogps } from '../../layers/head.ts';
import { rotaryTables } from '../../layers/rope.ts';
import { matmul, reduceSum } from '../../graph/contraction.ts';
import { reshape } from '../../graph/layout.ts';
import type { KeptLayers } from '../../vocabulary/setting-row.ts';

/** How a graph over rows of tokens is built. */
export interface DecoderGraphSettings {
  readonly config: DecoderConfig;
  /** Positions the rotary tables cover. No row may be longer either: the fused kernel refuses one. */
  readonly maxPositions: number;
  /** Parts in which response rows pass through a frozen head; the number of rows must divide by it. */
  readonly headChunks: number;
  /** Blocks of queries that attention takes one after the other; 1 keeps all scores. Rows' length must divide by it. */
  readonly attentionBlocks: number;
  readonly keptLayers: KeptLayers;
}

/** The inputs that text/batch makes, by the names a session is fed with. */
export interface TokenInputs {
  readonly tokens: Value;
  readonly positions: Value;
  readonly document: Value;
  readonly branch: Value;
  readonly slots: Value;
  readonly responseRows: Value;
  readonly targets: Value;
  readonly rowUses: readonly [Value, Value];
}

/** Declares an input, or takes one micro-batch's part of an input that holds several. */
export type InputSource = (name: string, dtype: DType, shape: Shape) => Value;

/** The token inputs: `[batch, seq]` and `[rows]`, all int64. */
export function tokenInputs(source: InputSource = input): TokenInputs {
  const place = (name: string): Value => source(name, 'int64', ['batch', 'seq']);
  return {
    tokens: place('tokens'),
    positions: place('positions'),
    document: place('document'),
    branch: place('branch'),
    slots: place('slots'),
    responseRows: source('response_rows', 'int64', ['rows']),
    targets: source('targets', 'int64', ['rows']),
    rowUses: [place('row_use_first'), place('row_use_second')],
  };
}

/** Log-probability of each response token under the model, `[rows]`. */
export function responseLogps(
  inputs: TokenInputs,
  weights: Weights,
  settings: DecoderGraphSettings,
  forTraining: boolean,
): Value {
  const { config } = settings;
  const rotary = forRotations(config, (rotation) => rotaryTables(rotation, settings.maxPositions, weights.compute));
  const hidden = decoder(
    config,
    weights,
    { tokens: inputs.tokens, positions: inputs.positions, rotary },
    selfAttention(inputs, weights.islands, settings),
    { keptLayers: settings.keptLayers, forwardOnly: !forTraining },
  );
  return withScope('head', () => {
    const states = selectRows(hidden, { rows: inputs.responseRows, targets: inputs.targets, uses: inputs.rowUses });
    if (weights.isTrained(headName(config)))
      return targetLogps(states, inputs.targets, weights.get(headName(config)), {
        islands: weights.islands,
        logitCap: config.logitCap,
        bias: headBias(config, weights),
      });
    return frozenTargetLogps(states, inputs.targets, headWeight(config, weights), {
      chunks: settings.headChunks,
      islands: weights.islands,
      logitCap: config.logitCap,
      bias: headBias(config, weights),
      forTraining,
    });
  });
}

/** Attention within rows, in as many blocks as the settings say. */
function selfAttention(inputs: TokenInputs, islands: DType, { config, attentionBlocks }: DecoderGraphSettings): Attend {
  const places = { slot: inputs.slots, position: inputs.positions, document: inputs.document, branch: inputs.branch };
  return withScope('attention bias', () => {
    if (attentionBlocks > 1) {
      const biases = forLayers(config, 'window', (window) =>
        attentionBiasBlocks(places, attentionBlocks, window, islands),
      );
      return (layer, q, k, v) => blockedAttention(q, k, v, biases(layer), config);
    }
    const biases = forLayers(config, 'window', (window) => attentionBias(places, places, window, islands));
    return (layer, q, k, v) => attention(q, k, v, biases(layer), config);
  });
}

/** Sums of row values by sequence: `sums [sequences, rows]` of ones and zeros gives `[sequences]`. */
export function sumBySequence(sums: Value, rowValues: Value): Value {
  const [sequences = 'sequences', rows = 'rows'] = sums.shape;
  return reshape(matmul(sums, reshape(rowValues, [rows, 1])), [sequences]);
}

/** Response lengths in tokens: `[sequences, rows] → [sequences]`. */
export function tokenCounts(sums: Value): Value {
  return reduceSum(sums, { axes: [-1] });
}
