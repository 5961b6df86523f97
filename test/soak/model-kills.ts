import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { seededRandom } from '../../native-models/text/seeded-random.ts';
import { safedpo } from '../integration/cli-harness.ts';
import { writeRandomModel } from '../integration/engine-run.ts';
import { problemsAfterKill } from './check-library.ts';
import { killCommand } from './kill-work.ts';
import { newLibrary } from './soak-library.ts';

export interface LaneReport {
  readonly name: string;
  readonly kills: number;
  readonly problems: readonly string[];
}

/** Kills exports and evaluations of a trained tiny model: an exported folder is whole and certified, or not there. */
export async function modelKills(
  root: string,
  exports: number,
  evaluations: number,
  random: ReturnType<typeof seededRandom>,
): Promise<LaneReport[]> {
  const [library, outside, model] = ['library-model', 'outside-model', 'model'].map((name) => join(root, name));
  if (library === undefined || outside === undefined || model === undefined) throw new RangeError('three folders');
  mkdirSync(outside);
  await writeRandomModel(model);
  await newLibrary(library, outside, 1);
  await must(
    library,
    'train',
    '--project',
    'soak',
    '--model',
    model,
    '--template',
    'plain',
    '--lora-rank',
    '2',
    '--epochs',
    '0.2',
    '--max-length',
    '64',
  );
  const run = readdirSync(join(library, 'runs'))[0] ?? '';
  const out = join(outside, 'exported');

  const lane = async (
    name: string,
    kills: number,
    args: readonly string[],
    look: () => Promise<readonly string[]>,
  ): Promise<LaneReport> => {
    const started = Date.now();
    await must(library, ...args);
    const whole = Date.now() - started;
    await look();
    const problems: string[] = [];
    let killed = 0;
    for (let turn = 0; turn < kills; turn += 1) {
      killed += Number(
        await killCommand([...args, '--library', library], random.below(Math.max(1, Math.round(whole * 0.8)))),
      );
      for (const found of [await problemsAfterKill(library, outside, []), await look()])
        for (const problem of found) problems.push(problem);
    }
    return { name, kills: killed, problems: problems.map((problem) => `${name}: ${problem}`) };
  };
  const exported = async (): Promise<readonly string[]> => {
    const there = existsSync(out);
    const sound = !there || (await safedpo(library, 'verify', out)).code === 0;
    rmSync(out, { recursive: true, force: true });
    return sound ? [] : ['the exported folder does not match its certificate'];
  };
  return [
    await lane('export', exports, ['export', run, '--format', 'safetensors', '--out', out], exported),
    await lane(
      'evaluation',
      evaluations,
      ['evaluate', run, '--project', 'soak', '--max-prompts', '4', '--max-new-tokens', '4'],
      async () => [],
    ),
  ];
}

async function must(library: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await safedpo(library, ...args);
  if (code !== 0) throw new Error(`safedpo ${args.join(' ')} failed: ${stderr}`);
}
