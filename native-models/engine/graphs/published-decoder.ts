import { cachedDecoder, headBias, headName } from '../../decoder/decoder.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { forLayers, forRotations } from '../../families/layer-plans.ts';
import { Weights, type StoredWeight } from '../../decoder/weights.ts';
import { cumulativeSum, matmul, reduceSum } from '../../graph/contraction.ts';
import { add, cast, mul, sub } from '../../graph/elementwise.ts';
import { concat } from '../../graph/layout.ts';
import { type Value, constant, external, input, scalar } from '../../graph/value.ts';
import { attentionBias } from '../../layers/attention-bias.ts';
import { softCap } from '../../layers/caps.ts';
import { shifted } from '../../layers/head.ts';
import type { RotaryTables } from '../../layers/rope.ts';

/**
 * Names of a pair of tables of cosines and sines among the stored tensors, `[maxPositions, rotatedDims / 2]` float32
 * each; `index` counts the tables that the layers of a model have between them.
 */
export function rotaryNames(index: number): { readonly cosine: string; readonly sine: string } {
  const prefix = index === 0 ? 'rotary' : `rotary.${index}`;
  return { cosine: `${prefix}.cosine`, sine: `${prefix}.sine` };
}

/** Ones of the same shape, in float32. */
function onesLike(x: Value): Value {
  return add(mul(cast(x, 'float32'), scalar('float32', 0)), scalar('float32', 1));
}

/**
 * Who sees whom, by place in the cache as transformers has it, whatever the positions are. Padding is a document of its
 * own.
 */
function maskBias(tokens: Value, mask: Value, window: number | null): Value {
  const [newOnes, allOnes] = [onesLike(tokens), onesLike(mask)];
  const count = (ones: Value): Value => reduceSum(ones, { axes: [-1], keepDims: true });
  const querySlots = add(cumulativeSum(newOnes, true), sub(count(allOnes), count(newOnes)));
  const keySlots = cumulativeSum(allOnes, true);
  const always = (value: number): Value => constant('float32', [1, 1], [value]);
  const queries = { slot: querySlots, position: querySlots, document: always(1), branch: always(0) };
  const keys = { slot: keySlots, position: keySlots, document: mask, branch: always(0) };
  return attentionBias(queries, keys, window, 'float32');
}

/**
 * A decoder as other programs run it, under the names that Hugging Face's Optimum gives inputs and outputs. Inputs,
 * int64: `input_ids`, `position_ids [batch_size, sequence_length]`, `attention_mask [batch_size,
 * total_sequence_length]` (1, or 0 for padding; cached tokens first); float32: `past_key_values.N.key` and `.value
 * [batch_size, keyValueHeads, past_sequence_length, headDim]`. Outputs, float32: `logits [batch_size, sequence_length,
 * vocabulary]` and `present.N.key` and `.value`, the caches grown. `stored` holds float32 tensors, those of linear
 * layers `[in, out]`, and the two rotary tables.
 */
export function publishedDecoder(
  config: DecoderConfig,
  stored: ReadonlyMap<string, StoredWeight>,
): { readonly [name: string]: Value } {
  const weights = new Weights({ stored, order: 'in by out', compute: 'float32', islands: 'float32' });
  const tokens = input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const mask = input('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
  const positions = input('position_ids', 'int64', ['batch_size', 'sequence_length']);
  const past = config.layers.map((_, layer) => {
    const cache = (part: string): Value =>
      input(`past_key_values.${layer}.${part}`, 'float32', [
        'batch_size',
        config.keyValueHeads,
        'past_sequence_length',
        config.headDim,
      ]);
    return { keys: cache('key'), values: cache('value') };
  });
  const grown = (cache: Value | undefined, added: Value): Value =>
    cache === undefined ? added : concat([cache, added], 2, 'total_sequence_length');
  const { hidden, caches } = cachedDecoder(
    config,
    weights,
    {
      tokens,
      positions,
      biases: forLayers(config, 'window', (window) => maskBias(tokens, mask, window)),
      rotary: forRotations(config, (_, index) => storedRotary(stored, rotaryNames(index))),
    },
    (layer, added) => ({
      keys: grown(past[layer]?.keys, added.keys),
      values: grown(past[layer]?.values, added.values),
    }),
  );
  const presents = caches.flatMap(
    ({ keys, values }, layer) =>
      [
        [`present.${layer}.key`, keys],
        [`present.${layer}.value`, values],
      ] as const,
  );
  // An embedding is `[vocabulary, hidden]`, a head of its own lies as linear layers do.
  const products = matmul(hidden, weights.get(headName(config)), { transposeB: config.tiedHead });
  const uncapped = shifted(products, headBias(config, weights));
  return { logits: softCap(uncapped, config.logitCap), ...Object.fromEntries(presents) };
}

function storedRotary(stored: ReadonlyMap<string, StoredWeight>, names: ReturnType<typeof rotaryNames>): RotaryTables {
  const table = (name: string): Value => {
    const place = stored.get(name);
    if (place === undefined) throw new RangeError(`${name} is not among the stored tensors`);
    return external(name, place.dtype, place.shape, place);
  };
  return { cosine: table(names.cosine), sine: table(names.sine) };
}
