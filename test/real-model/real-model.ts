import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedData } from '../e2e/open-app.ts';
import { alignCase } from './align-case.ts';
import { appCase } from './app-journey.ts';

/**
 * `npm run real-model -- --model DIR`: the main job on a real chat model and real pairs, LoRA and every parameter, on
 * the command line and in the app, every format exported and read by the programs that people use. Prints its figures.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string', default: join(sharedData, 'datasets/pku-saferlhf-dpo-pairs.json.gz') },
    prompts: { type: 'string', default: join(sharedData, 'datasets/eval/xstest_prompts.csv') },
    out: { type: 'string' },
    cases: { type: 'string', default: 'lora,full,app' },
  },
});
const missing = [values.model ?? 'the folder of --model', values.data, values.prompts].filter(
  (path) => !existsSync(path),
);
if (missing.length > 0) console.log(`SKIPPED the real model: ${missing.join(', ')} cannot be found.`);
else {
  const out = values.out === undefined ? await mkdtemp(join(tmpdir(), 'safedpo-real-model-')) : resolve(values.out);
  await mkdir(out, { recursive: true });
  const files = { model: resolve(values.model ?? ''), data: values.data, prompts: values.prompts, out };
  const report: string[] = [];
  for (const name of values.cases.split(',')) {
    if (name === 'lora' || name === 'full') report.push(await alignCase(name, files));
    if (name === 'app') report.push(await appCase(files));
  }
  await writeFile(join(out, 'report.md'), report.join('\n\n'));
  console.log(report.join('\n\n'));
  if (values.out === undefined) await rm(out, { recursive: true });
}
