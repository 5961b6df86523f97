import { cachedDecoder, headBias, headName, type LayerCache } from '../../decoder/decoder.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { type ByLayer, forLayers, forRotations } from '../../families/layer-plans.ts';
import { matmul, reduceSum } from '../../graph/contraction.ts';
import { add, cast, greater, mul, not, or, where } from '../../graph/elementwise.ts';
import { concat, gather, reshape, sliceLast } from '../../graph/layout.ts';
import { loop } from '../../graph/loop.ts';
import { type Value, input, scalar } from '../../graph/value.ts';
import { attentionBias } from '../../layers/attention-bias.ts';
import { softCap } from '../../layers/caps.ts';
import { shifted } from '../../layers/head.ts';
import { rotaryTables } from '../../layers/rope.ts';
import { endsText, nextToken, type Drawing } from './sampling.ts';
import { scoringWeights, type ScoringSettings } from './scoring.ts';

export interface GenerationSettings extends Pick<ScoringSettings, 'stored' | 'compute' | 'state' | 'trained'> {
  readonly config: DecoderConfig;
  /** Prompt plus new tokens. */
  readonly maxPositions: number;
  readonly eosIds: readonly number[];
  /** Draw with temperature and top-p (fed), or take the most likely token. */
  readonly draws: boolean;
}

/** Keys seen so far, `[batch, keys]` int64 each. */
interface SeenKeys {
  readonly positions: Value;
  readonly documents: Value;
}

function biasesFor(queries: SeenKeys, keys: SeenKeys, { config, state }: GenerationSettings): ByLayer<Value> {
  // Within a prompt, order of positions is order of storage; padding is a document of its own.
  const places = ({ positions, documents }: SeenKeys) => ({
    slot: positions,
    position: positions,
    document: documents,
    branch: mul(positions, scalar('int64', 0)),
  });
  return forLayers(config, 'window', (window) => attentionBias(places(queries), places(keys), window, state));
}

/**
 * Generation as one graph: the prompt in one pass, then a loop that decodes with its key/value cache inside. Inputs:
 * `tokens`, `positions`, `documents` (0, or -1 for padding on the left), each `[batch, seq]` int64; `noise [steps,
 * batch]`; `more_steps` (int64, no dimensions): new tokens after the first; with `draws` also `temperature [1]` and
 * `top_p [1]`. Outputs: `first [batch]` and `rest [iterations, batch]`, int64. A finished sequence repeats its end
 * token.
 */
export function generation(settings: GenerationSettings): { readonly first: Value; readonly rest: Value } {
  const { config, compute, state } = settings;
  // The loop over tokens keeps its converted weights to its end; the prompt uses the same.
  const weights = scoringWeights({ ...settings, convertsOnce: true });
  const rotary = forRotations(config, (rotation) => rotaryTables(rotation, settings.maxPositions, compute));
  const drawing: Drawing | null = settings.draws
    ? { temperature: input('temperature', state, [1]), topP: input('top_p', state, [1]) }
    : null;
  const noise = input('noise', state, ['steps', 'batch']);
  const pick = (hidden: Value, step: Value): Value => {
    const last = reshape(sliceLast(hidden, 1, 1), ['batch', config.hiddenSize]);
    const logits = cast(matmul(last, weights.get(headName(config)), { transposeB: true }), state);
    return nextToken(
      softCap(shifted(logits, headBias(config, weights)), config.logitCap),
      gather(noise, step),
      drawing,
    );
  };

  const tokens = input('tokens', 'int64', ['batch', 'seq']);
  const prompt: SeenKeys = {
    positions: input('positions', 'int64', ['batch', 'seq']),
    documents: input('documents', 'int64', ['batch', 'seq']),
  };
  const start = cachedDecoder(
    config,
    weights,
    { tokens, positions: prompt.positions, biases: biasesFor(prompt, prompt, settings), rotary },
    (_, added) => added,
  );
  const first = pick(start.hidden, scalar('int64', 0));

  const grown = ['batch', 'past'];
  const cacheShape = ['batch', config.keyValueHeads, 'past', config.headDim];
  const carried = [
    reshape(first, ['batch', 1]),
    sliceLast(prompt.positions, 1, 1),
    endsText(first, settings.eosIds),
    prompt.positions,
    prompt.documents,
    ...start.caches.flatMap(({ keys, values }) => [keys, values]),
  ];
  const shapes = [
    ['batch', 1],
    ['batch', 1],
    ['batch'],
    grown,
    grown,
    ...start.caches.flatMap(() => [cacheShape, cacheShape]),
  ];
  const { scans } = loop(
    input('more_steps', 'int64', []),
    carried,
    (iteration, [token, position, finished, seenPositions, seenDocuments, ...cached]) => {
      if (
        token === undefined ||
        position === undefined ||
        finished === undefined ||
        seenPositions === undefined ||
        seenDocuments === undefined
      )
        throw new RangeError('the generation loop carries five values and the caches');
      const here = { positions: add(position, scalar('int64', 1)), documents: mul(position, scalar('int64', 0)) };
      const seen = {
        positions: concat([seenPositions, here.positions], 1, 'now'),
        documents: concat([seenDocuments, here.documents], 1, 'now'),
      };
      const join = (past: Value | undefined, added: Value): Value =>
        past === undefined ? added : concat([past, added], 2, 'now');
      const extend = (layer: number, added: LayerCache): LayerCache => ({
        keys: join(cached[2 * layer], added.keys),
        values: join(cached[2 * layer + 1], added.values),
      });
      const { hidden, caches } = cachedDecoder(
        config,
        weights,
        { tokens: token, positions: here.positions, biases: biasesFor(here, seen, settings), rotary },
        extend,
      );
      const drawn = where(finished, reshape(token, ['batch']), pick(hidden, add(iteration, scalar('int64', 1))));
      const ended = or(finished, endsText(drawn, settings.eosIds));
      const open = reduceSum(cast(not(ended), 'float32'), { axes: [0] });
      return {
        carried: [
          reshape(drawn, ['batch', 1]),
          here.positions,
          ended,
          seen.positions,
          seen.documents,
          ...caches.flatMap(({ keys, values }) => [keys, values]),
        ],
        scans: [drawn],
        goOn: greater(open, scalar('float32', 0)),
      };
    },
    { shapes },
  );
  const [rest] = scans;
  if (rest === undefined) throw new RangeError('the generation loop scans one value');
  return { first, rest };
}
