// Reads a GGUF file with llama.cpp. JSON in on stdin: {module, gguf, prompts: [{text, ids}], maxNewTokens}; JSON out on stdout:
// {template, tokens: [[id]], answers: [[id]]}. A process of its own, since llama.cpp ends the one it fails in.
import { json } from 'node:stream/consumers';

const { module, gguf, prompts, maxNewTokens } = await json(process.stdin);
const { getLlama } = await import(module);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: gguf });
// Its cache is float16 unless told; then a near tie can fall the other way.
const cache = { experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32' };
const context = await model.createContext({ contextSize: Math.min(512, model.trainContextSize), ...cache });
const sequence = context.getSequence();
const answers = [];
for (const { ids } of prompts) {
  await sequence.clearHistory();
  const answer = [];
  for await (const id of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
    answer.push(id);
    if (model.isEogToken(id) || answer.length === maxNewTokens) break;
  }
  answers.push(answer);
}
const tokens = prompts.map(({ text }) => [...model.tokenize(text, true)]);
process.stdout.write(
  JSON.stringify({ template: model.fileInfo.metadata.tokenizer.chat_template ?? null, tokens, answers }),
  () => process.exit(0),
);
