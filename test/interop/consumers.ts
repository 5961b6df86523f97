import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportModel } from '../../native-models/engine/export/export.ts';
import { requireGgufModel } from '../../native-models/formats/gguf/model-fields.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { Failure } from '../../native-models/failure.ts';
import { runEngine, writeRun } from '../integration/engine-run.ts';
import { checkConsumers, consumersHere } from './consumer-check.ts';
import { type TemplateName, exportFormats, type ExportFormat } from '../../native-models/vocabulary/lists.ts';

/**
 * Exports of a trained model in the hands of transformers, PEFT, ONNX Runtime in Python and llama.cpp: each has to make
 * the run's prompt of a conversation by itself and answer it greedily with the run's tokens. See README.md.
 */

const models = (process.env['MODELS'] ?? '').split(delimiter).filter((path) => path !== '');

interface Case {
  readonly name: string;
  readonly model: string;
  readonly template: TemplateName;
}

const sample = fileURLToPath(new URL('../../native-models/sample/model', import.meta.url));
const cases: readonly Case[] = [
  { name: 'sample', model: sample, template: 'model' },
  { name: 'sample, PKU prompts', model: sample, template: 'pku' },
  ...models.map((model) => ({ name: model, model, template: 'model' }) as const),
];

/** Why the model cannot be written as GGUF; `null` where it can. */
async function refusalOfGguf(model: string): Promise<string | null> {
  try {
    requireGgufModel((await openModelFolder(model)).config);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** Trains a few steps, exports everything and has it read; gives how many things differ. */
async function tryCase({ name, model, template }: Case, work: string): Promise<number> {
  const run = join(work, 'run');
  await writeRun(run, model, { epochs: 1, template, maxLength: 128, learningRate: 1e-3 }, 12);
  const end = await runEngine(run);
  if (end.code !== 0) throw new Error(`training ended with ${end.code}: ${end.stderr}`);
  const checkpoints = (await readdir(join(run, 'checkpoints'))).filter((entry) => entry.startsWith('step-'));
  const checkpoint = join(run, 'checkpoints', checkpoints.at(-1) ?? '');
  const out = (format: ExportFormat): string => join(work, format);
  const withoutGguf = await refusalOfGguf(model);
  if (withoutGguf !== null) console.log(`refused   ${name}: ${withoutGguf}`);
  for (const format of exportFormats.filter((one) => one !== 'gguf' || withoutGguf === null)) {
    const dtype = format === 'safetensors' || format === 'gguf' ? 'float32' : null;
    const task = { format, dtype, template, clock: null, baseModel: null, out: out(format) } as const;
    await exportModel({ model: { path: model, checkpoint }, ...task }, () => undefined);
  }
  const folders = { safetensors: out('safetensors'), peft: out('peft'), onnx: out('onnx') };
  const findings = await checkConsumers({
    name,
    base: model,
    checkpoint,
    template,
    ...folders,
    gguf: withoutGguf === null ? out('gguf') : null,
  });
  for (const { what, equal, expected, found } of findings)
    console.log(
      equal
        ? `equal     ${what}`
        : `DIFFERENT ${what}\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`,
    );
  return findings.filter(({ equal }) => !equal).length;
}

if (models.length === 0) console.warn('SKIPPED: models beside the sample, because MODELS names no folder.');
let differences = 0;
for (const one of consumersHere() ? cases : []) {
  const work = await mkdtemp(join(tmpdir(), 'consumers-'));
  differences += await tryCase(one, work).finally(() => rm(work, { recursive: true }));
}
if (differences > 0) process.exitCode = 1;
