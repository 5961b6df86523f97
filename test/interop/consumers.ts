import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { precisions } from '../../native-models/architectures/precision.ts';
import { exportModel } from '../../native-models/engine/export.ts';
import { generate } from '../../native-models/engine/generate.ts';
import type { TemplateName } from '../../native-models/engine/job.ts';
import { openEngineModel } from '../../native-models/engine/model.ts';
import { exportFormats, type ExportFormat } from '../../native-models/engine/tasks.ts';
import { runEngine, writeRun } from '../integration/engine-run.ts';

/**
 * Exports of a trained model in the hands of transformers, PEFT, ONNX Runtime in Python and llama.cpp: each has to make the
 * run's prompt of a conversation by itself and answer it greedily with the run's tokens. See README.md.
 */

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const [python, llamaModule] = [process.env['PYTHON'] ?? 'python3', process.env['NODE_LLAMA_CPP']];
const models = (process.env['MODELS'] ?? '').split(delimiter).filter((path) => path !== '');
const maxNewTokens = 24;
const conversations = [
  [{ role: 'user', content: 'How do I open the gate?' }],
  [{ role: 'user', content: 'Where is the mill?' }, { role: 'assistant', content: 'Behind the hill.' }, { role: 'user', content: 'Who keeps it?' }],
] as const;

interface Case {
  readonly name: string;
  readonly model: string;
  readonly template: TemplateName;
}

const sample = here('../../native-models/sample/model');
const cases: readonly Case[] = [
  { name: 'sample', model: sample, template: 'model' },
  { name: 'sample, PKU prompts', model: sample, template: 'pku' },
  ...models.map((model) => ({ name: model, model, template: 'model' }) as const),
];

const read = z.object({ prompts: z.array(z.array(z.int())), answers: z.array(z.array(z.int())) });
const pythonResult = z.object({ transformers: read, PEFT: read, 'ONNX Runtime': read, gguf: z.record(z.string(), z.int()) });
const llamaResult = z.object({ template: z.string().nullable(), tokens: z.array(z.array(z.int())), answers: z.array(z.array(z.int())) });

let differences = 0;
function check(what: string, actual: unknown, expected: unknown): void {
  const equal = JSON.stringify(actual) === JSON.stringify(expected);
  if (!equal) differences++;
  console.log(`${equal ? 'equal    ' : 'DIFFERENT'} ${what}${equal ? '' : `\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(actual)}`}`);
}

async function ask(command: string, args: readonly string[], task: object): Promise<unknown> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  const output = await text(child.stdout);
  if (output === '') throw new Error(`${command} ${args.join(' ')} answered nothing`);
  return JSON.parse(output);
}

async function tryCase({ name, model, template }: Case, work: string): Promise<void> {
  const run = join(work, 'run');
  await writeRun(run, model, { epochs: 1, template, maxLength: 128, learningRate: 1e-3 }, 12);
  const end = await runEngine(run);
  if (end.code !== 0) throw new Error(`training ended with ${end.code}: ${end.stderr}`);
  const checkpoints = (await readdir(join(run, 'checkpoints'))).filter((entry) => entry.startsWith('step-'));
  const trained = { path: model, checkpoint: join(run, 'checkpoints', checkpoints.at(-1) ?? '') };
  const out = (format: ExportFormat): string => join(work, format);
  for (const format of exportFormats) {
    const dtype = format === 'safetensors' || format === 'gguf' ? 'float32' : null;
    await exportModel({ model: trained, format, dtype, template, clock: null, baseModel: null, out: out(format) }, () => undefined);
  }
  const { encoder, template: used } = await openEngineModel(model, template);
  const prompts = conversations.map((messages) => [...encoder.encodePrompt(messages)]);
  const answers = await ourAnswers(trained, template);
  const gguf = join(out('gguf'), (await readdir(out('gguf'))).find((file) => file.endsWith('.gguf')) ?? '');
  if (hasPython) {
    const { gguf: special, ...consumers } = pythonResult.parse(await ask(python, [here('consumers.py')], { messages: conversations, maxNewTokens, base: model, safetensors: out('safetensors'), peft: out('peft'), onnx: out('onnx'), gguf }));
    for (const [consumer, found] of Object.entries(consumers)) {
      check(`${name}: prompts in ${consumer}`, found.prompts, prompts);
      check(`${name}: answers in ${consumer}`, found.answers, answers);
    }
    check(`${name}: gguf-py finds an end of text`, special['eos'] !== undefined, true);
  }
  if (llamaModule === undefined) return;
  const exported = await openEngineModel(out('safetensors'), 'model');
  const texts = conversations.map((messages) => exported.template.render(messages, { addGenerationPrompt: true }));
  const found = llamaResult.parse(await ask(process.execPath, [here('llama-cpp.mjs')], { module: pathToFileURL(llamaModule).href, gguf, maxNewTokens, prompts: texts.map((prompt, index) => ({ text: prompt, ids: prompts[index] })) }));
  check(`${name}: template in llama.cpp`, found.template, exported.template.source);
  check(`${name}: prompts in llama.cpp (${used.name})`, found.tokens, prompts);
  check(`${name}: answers in llama.cpp`, found.answers, answers);
}

async function ourAnswers(model: { readonly path: string; readonly checkpoint: string }, template: TemplateName): Promise<readonly (readonly number[])[]> {
  const answers: (readonly number[])[] = [];
  const task = { model: { ...model, precision: precisions.float32, cacheFolder: tmpdir() }, device: { provider: 'cpu', threads: 2 }, template, sampling: { maxNewTokens, temperature: 0, topP: 1, seed: 0 }, batchSize: 1, prompts: conversations.map((messages) => ({ messages })) } as const;
  await generate(task, (event) => {
    if ('ids' in event && Array.isArray(event.ids)) answers.push(event.ids.map(Number));
  });
  return answers;
}

const hasPython = spawnSync(python, ['-c', 'import torch, transformers, peft, onnxruntime, gguf'], { stdio: 'ignore' }).status === 0;
if (!hasPython) console.warn(`SKIPPED: transformers, PEFT, ONNX Runtime and gguf-py, because ${python} has not all of torch, transformers, peft, onnxruntime and gguf. Set PYTHON.`);
if (llamaModule === undefined) console.warn('SKIPPED: llama.cpp, because NODE_LLAMA_CPP does not name the entry file of an installed node-llama-cpp.');
else if (!existsSync(llamaModule)) throw new Error(`NODE_LLAMA_CPP: ${llamaModule} does not exist`);
if (models.length === 0) console.warn('SKIPPED: models beside the sample, because MODELS names no folder.');

for (const one of hasPython || llamaModule !== undefined ? cases : []) {
  const work = await mkdtemp(join(tmpdir(), 'consumers-'));
  await tryCase(one, work).finally(() => rm(work, { recursive: true }));
}
if (differences > 0) process.exitCode = 1;
