import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { precisions } from '../../native-models/decoder/precision.ts';
import { generate } from '../../native-models/engine/infer/generate.ts';
import { openEngineModel } from '../../native-models/engine/model/model.ts';
import type { TemplateName } from '../../native-models/vocabulary/lists.ts';

/** A trained model and its exports, all with the numbers as they were trained (float32). */
export interface Exports {
  readonly name: string;
  /** The start model's folder. */
  readonly base: string;
  readonly checkpoint: string;
  readonly template: TemplateName;
  readonly safetensors: string;
  /** `null` where every parameter was trained. */
  readonly peft: string | null;
  readonly onnx: string;
  /** `null` where the model cannot be written as GGUF. */
  readonly gguf: string | null;
}

/** One thing that a consumer found, and whether it is ours. */
export interface Finding {
  readonly what: string;
  readonly equal: boolean;
  readonly expected: unknown;
  readonly found: unknown;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const [python, llamaModule] = [process.env['PYTHON'] ?? 'python3', process.env['NODE_LLAMA_CPP']];
const maxNewTokens = 24;
const conversations = [
  [{ role: 'user', content: 'How do I open the gate?' }],
  [
    { role: 'user', content: 'Where is the mill?' },
    { role: 'assistant', content: 'Behind the hill.' },
    { role: 'user', content: 'Who keeps it?' },
  ],
] as const;

const read = z.object({ prompts: z.array(z.array(z.int())), answers: z.array(z.array(z.int())) });
const pythonResult = z.object({
  transformers: read,
  PEFT: read.optional(),
  'ONNX Runtime': read,
  gguf: z.record(z.string(), z.int()).nullable(),
});
const llamaResult = z.object({
  template: z.string().nullable(),
  tokens: z.array(z.array(z.int())),
  answers: z.array(z.array(z.int())),
});

const hasPython =
  spawnSync(python, ['-c', 'import torch, transformers, peft, onnxruntime, gguf'], { stdio: 'ignore' }).status === 0;

/** Says what cannot be checked here; gives whether anything can. Throws where NODE_LLAMA_CPP names no file. */
export function consumersHere(): boolean {
  if (!hasPython)
    console.warn(
      `SKIPPED: transformers, PEFT, ONNX Runtime and gguf-py, because ${python} has not all of torch, ` +
        'transformers, peft, onnxruntime and gguf. Set PYTHON.',
    );
  if (llamaModule === undefined)
    console.warn(
      'SKIPPED: llama.cpp, because NODE_LLAMA_CPP does not name the entry file of an installed node-llama-cpp.',
    );
  else if (!existsSync(llamaModule)) throw new Error(`NODE_LLAMA_CPP: ${llamaModule} does not exist`);
  return hasPython || llamaModule !== undefined;
}

/**
 * Has each consumer make the prompts of two conversations by itself and answer them greedily; ours is the trained run.
 */
export async function checkConsumers(exports: Exports): Promise<readonly Finding[]> {
  const { name, base, checkpoint, template, safetensors, peft, onnx } = exports;
  const findings: Finding[] = [];
  const check = (what: string, found: unknown, expected: unknown): void =>
    void findings.push({
      what: `${name}: ${what}`,
      equal: JSON.stringify(found) === JSON.stringify(expected),
      expected,
      found,
    });
  const { encoder, template: used } = await openEngineModel(base, template);
  const prompts = conversations.map((messages) => [...encoder.encodePrompt(messages)]);
  const answers = await ourAnswers({ path: base, checkpoint }, template);
  const gguf = exports.gguf === null ? null : await ggufIn(exports.gguf);
  if (hasPython) {
    const task = { messages: conversations, maxNewTokens, base, safetensors, peft, onnx, gguf };
    const { gguf: special, ...consumers } = pythonResult.parse(await ask(python, [here('consumers.py')], task));
    for (const [consumer, found] of Object.entries(consumers)) {
      if (found === undefined) continue;
      check(`prompts in ${consumer}`, found.prompts, prompts);
      check(`answers in ${consumer}`, found.answers, answers);
    }
    if (special !== null) check('gguf-py finds an end of text', special['eos'] !== undefined, true);
  }
  if (llamaModule === undefined || gguf === null) return findings;
  const exported = await openEngineModel(safetensors, 'model');
  const texts = conversations.map((messages) => exported.template.render(messages, { addGenerationPrompt: true }));
  const asked = texts.map((prompt, index) => ({ text: prompt, ids: prompts[index] }));
  const task = { module: pathToFileURL(llamaModule).href, gguf, maxNewTokens, prompts: asked };
  const found = llamaResult.parse(await ask(process.execPath, [here('llama-cpp.mjs')], task));
  check('template in llama.cpp', found.template, exported.template.source);
  check(`prompts in llama.cpp (${used.name})`, found.tokens, prompts);
  check('answers in llama.cpp', found.answers, answers);
  return findings;
}

async function ggufIn(folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).find((file) => file.endsWith('.gguf')) ?? '');
}

async function ask(command: string, args: readonly string[], task: object): Promise<unknown> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  const output = await text(child.stdout);
  if (output === '') throw new Error(`${command} ${args.join(' ')} answered nothing`);
  return JSON.parse(output);
}

async function ourAnswers(
  model: { readonly path: string; readonly checkpoint: string },
  template: TemplateName,
): Promise<readonly (readonly number[])[]> {
  const answers: (readonly number[])[] = [];
  const sampling = { maxNewTokens, temperature: 0, topP: 1, seed: 0 };
  const device = { provider: 'cpu', threads: 2 } as const;
  const asked = conversations.map((messages) => ({ messages }));
  const computed = { ...model, precision: precisions.float32, cacheFolder: tmpdir() };
  await generate({ model: computed, device, template, sampling, batchSize: 1, prompts: asked }, (event) => {
    if ('ids' in event && Array.isArray(event.ids)) answers.push(event.ids.map(Number));
  });
  return answers;
}
