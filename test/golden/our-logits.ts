import { writeFileSync } from 'node:fs';
import { decoder, headBias, headName } from '../../native-models/decoder/decoder.ts';
import { Weights } from '../../native-models/decoder/weights.ts';
import { floatOutput, layoutFeeds } from '../../native-models/engine/model/feeds.ts';
import { tokenInputs } from '../../native-models/engine/graphs/token-inputs.ts';
import { type EngineModel, openEngineModel } from '../../native-models/engine/model/model.ts';
import { matmul } from '../../native-models/graph/contraction.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { attentionBias } from '../../native-models/layers/attention-bias.ts';
import { forLayers, forRotations } from '../../native-models/families/layer-plans.ts';
import { softCap } from '../../native-models/layers/caps.ts';
import { attention } from '../../native-models/layers/attention.ts';
import { shifted } from '../../native-models/layers/head.ts';
import { rotaryTables } from '../../native-models/layers/rope.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { collateSequences } from '../../native-models/text/batch.ts';

/** Logits of every position of one sequence, `[ids, vocabulary]`, from the training decoder and its head. */
export async function logitsOf(
  { folder, stored, externalDataFolder }: EngineModel,
  sequence: readonly number[],
): Promise<Float32Array> {
  const { config } = folder;
  const weights = new Weights({ stored, compute: 'float32', islands: 'float32' });
  const inputs = tokenInputs();
  const places = { slot: inputs.slots, position: inputs.positions, document: inputs.document, branch: inputs.branch };
  const biases = forLayers(config, 'window', (window) => attentionBias(places, places, window, 'float32'));
  const rotary = forRotations(config, (settings) => rotaryTables(settings, Math.max(64, sequence.length), 'float32'));
  const hidden = decoder(
    config,
    weights,
    { tokens: inputs.tokens, positions: inputs.positions, rotary },
    (layer, q, k, v) => attention(q, k, v, biases(layer), config),
    { keptLayers: 'all', forwardOnly: true },
  );
  const products = matmul(hidden, weights.get(headName(config)), { transposeB: true });
  const logits = softCap(shifted(products, headBias(config, weights)), config.logitCap);
  const session = await createSession(emit({ logits }, { target: 'cpu' }).bytes, {
    provider: 'cpu',
    threads: 1,
    externalDataFolder,
  });
  const { tokens, positions, document, branch, slots } = layoutFeeds(
    collateSequences([{ promptIds: sequence.slice(0, 1), completionIds: sequence.slice(1) }]),
  );
  const given = { tokens, positions, document, branch, slots };
  const outputs = await session.run(
    Object.fromEntries(
      Object.entries(given).flatMap(([name, tensor]) => (tensor === undefined ? [] : [[name, tensor] as const])),
    ),
  );
  await session.release();
  return floatOutput(outputs, 'logits');
}

/** `node test/golden/our-logits.ts MODEL_DIR LOGITS.json TEXT`: our side of check_export.py. */
const [modelFolder, out, text] = process.argv.slice(2);
if (import.meta.main && modelFolder !== undefined && out !== undefined && text !== undefined) {
  const model = await openEngineModel(modelFolder, 'plain');
  const ids = model.tokenizer.encode(text, { addSpecialTokens: true });
  const flat = await logitsOf(model, ids);
  const vocabulary = flat.length / ids.length;
  writeFileSync(
    out,
    JSON.stringify({
      ids,
      logits: ids.map((_, position) => Array.from(flat.subarray(position * vocabulary, (position + 1) * vocabulary))),
    }),
  );
}
