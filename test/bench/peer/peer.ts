import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../../native-models/text/seeded-random.ts';
import { llama1bSlice, smol135m, writeRandomModel } from '../random-model.ts';
import type { PairTokens, PeerCase, PeerResult } from './peer-case.ts';
import { largestOf } from '../../../native-models/extremes.ts';

/**
 * `node test/bench/peer/peer.ts`: LoRA DPO steps of this project and of TRL + PEFT on the same model folder, pairs,
 * rank, targets, start of the adapter, batch and precision, one after the other in processes of their own, over and
 * over; prompts are `--prompts` times as long as responses. Prints pairs/s, tokens/s (a prompt counted twice on the
 * peer's side, which computes it twice), peak memory, versions, and the loss of the first steps. Needs Python 3 with
 * torch, transformers, trl, peft and datasets (`--python`); the product does not. test/bench/peer/README.md says how to
 * get them.
 */
const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '3' },
    steps: { type: 'string', default: '3' },
    'loss-steps': { type: 'string', default: '20' },
    python: { type: 'string', default: 'python3' },
    provider: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'float32' },
    shapes: { type: 'string', default: '135M,1B-slice' },
    prompts: { type: 'string', default: '1,10' },
    response: { type: 'string', default: '48' },
    pairs: { type: 'string', default: '2' },
  },
});

const tinyShape = {
  ...smol135m,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 131,
};
const shapes: { readonly [name: string]: { readonly vocab_size: number } } = {
  '135M': smol135m,
  '1B-slice': llama1bSlice,
  tiny: tinyShape,
};
const folder = mkdtempSync(join(tmpdir(), 'safedpo-peer-'));
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function oneOf<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new Error(`--${name} is one of ${choices.join(', ')}, not ${value}`);
  return chosen;
}

function writePairs(
  file: string,
  count: number,
  vocabulary: number,
  promptTokens: number,
  responseTokens: number,
): void {
  const random = seededRandom(17, promptTokens);
  // The last id ends a response on both sides, so it appears nowhere else.
  const end = vocabulary - 1;
  const ids = (length: number): number[] => Array.from({ length }, () => random.below(end));
  const pairs = Array.from({ length: count }, (): PairTokens => ({
    prompt: ids(promptTokens),
    chosen: [...ids(responseTokens - 1), end],
    rejected: [...ids(responseTokens - 1), end],
  }));
  writeFileSync(file, JSON.stringify(pairs));
}

function run(command: string, file: string, bench: PeerCase): PeerResult {
  const output = execFileSync(command, [here(file), JSON.stringify(bench)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TRANSFORMERS_VERBOSITY: 'error',
      HF_HUB_OFFLINE: '1',
      TQDM_DISABLE: '1',
      PYTHONWARNINGS: 'ignore',
    },
  });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Pairs a second of the median step after the first, which warms up. */
function pairsPerSecond({ secondsPerStep }: PeerResult, pairs: number): number {
  return pairs / median(secondsPerStep.length > 1 ? secondsPerStep.slice(1) : secondsPerStep);
}

const [repeats, steps, lossSteps, pairs, response] = [
  Number(values.repeats),
  Number(values.steps),
  Number(values['loss-steps']),
  Number(values.pairs),
  Number(values.response),
];
const sides = ['ours', 'theirs'] as const;
const curves: { readonly title: string; readonly ours: readonly number[]; readonly theirs: readonly number[] }[] = [];
let versions: PeerResult['versions'] = {};

/** Both sides once, one after the other. */
function round(bench: PeerCase): { readonly ours: PeerResult; readonly theirs: PeerResult } {
  const ours = run(process.execPath, 'our-case.ts', bench);
  const theirs = run(values.python, 'trl_case.py', bench);
  versions = { ...ours.versions, ...theirs.versions };
  return { ours, theirs };
}

/** One shape with one length of prompt: the first of the repeats goes on for as many steps as losses are shown. */
function compare(name: string, model: string, promptTokens: number): string {
  const shape = shapes[name];
  const rounds = Array.from({ length: repeats }, (_, repeat) => {
    const count = repeat === 0 ? Math.max(steps, lossSteps) : steps;
    const pairsFile = join(folder, `${name}-${promptTokens}-${count}.json`);
    writePairs(pairsFile, pairs * count, shape?.vocab_size ?? 0, promptTokens, response);
    return round({
      model,
      pairsFile,
      adapterFile: join(folder, `${name}.safetensors`),
      provider: oneOf('provider', values.provider, ['cpu', 'cuda', 'webgpu']),
      precision: oneOf('precision', values.precision, ['float32', 'bfloat16', 'float16', 'int4']),
      cacheFolder: folder,
      pairsPerStep: pairs,
      steps: count,
      threads: availableParallelism(),
      keptLayers: 'all',
    });
  });
  const title = `${name}, ${promptTokens} + ${response}`;
  const [first] = rounds;
  if (first !== undefined) curves.push({ title, ours: first.ours.losses, theirs: first.theirs.losses });
  const [ours, theirs] = sides.map((side) => ({
    rate: median(rounds.map((one) => pairsPerSecond(one[side], pairs))),
    peak: median(rounds.map((one) => one[side].peakMemoryBytes)),
    tokens: first?.[side].tokensPerStep ?? Number.NaN,
  }));
  if (ours === undefined || theirs === undefined) throw new Error('there are two sides');
  const gap = largestOf(
    rounds.map((one) =>
      Math.max(
        Math.abs(one.ours.firstChosenLogp - one.theirs.firstChosenLogp),
        Math.abs(one.ours.firstRejectedLogp - one.theirs.firstRejectedLogp),
      ),
    ),
  );
  const tokenRate = ({ rate, tokens }: typeof ours): number => Math.round((rate / pairs) * tokens);
  return `| ${[
    title,
    ours.rate.toFixed(3),
    theirs.rate.toFixed(3),
    (ours.rate / theirs.rate).toFixed(2),
    tokenRate(ours),
    tokenRate(theirs),
    Math.round(ours.peak / 1e6),
    Math.round(theirs.peak / 1e6),
    (ours.peak / theirs.peak).toFixed(2),
    gap.toExponential(1),
  ].join(' | ')} |\n`;
}

function lossTable(): string {
  const header =
    `| step | ${curves.map(({ title }) => `${title}: ours | TRL`).join(' | ')} ` +
    `|\n|---|${curves.map(() => '---|---|').join('')}\n`;
  const rows = Array.from(
    { length: lossSteps },
    (_, step) =>
      `| ${[
        step + 1,
        ...curves.flatMap(({ ours, theirs }) => [ours[step], theirs[step]].map((loss) => loss?.toFixed(6) ?? '')),
      ].join(' | ')} |\n`,
  );
  const apart = curves.map(
    ({ title, ours, theirs }) =>
      `${title}: ` +
      `${largestOf(ours.map((loss, step) => Math.abs(loss - (theirs[step] ?? Number.NaN)))).toExponential(1)}`,
  );
  return `${header}${rows.join('')}\nLargest difference of a loss: ${apart.join('; ')}.\n`;
}

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads, provider ` +
    `${values.provider}, ${values.precision}; ${pairs} pairs per step; medians of ${repeats} repeats, each the ` +
    `median of its steps after the first (${Math.max(steps, lossSteps)} steps in the first repeat, then ` +
    `${steps})\n\n`,
);
process.stdout.write(
  '| model, prompt + response tokens | ours pairs/s | TRL pairs/s | ratio | ours tokens/s | TRL tokens/s | ' +
    'ours peak MB | TRL peak MB | memory ratio | log-prob difference at step 0 ' +
    '|\n|---|---|---|---|---|---|---|---|---|---|\n',
);
try {
  for (const name of values.shapes.split(',')) {
    const shape = shapes[name];
    if (shape === undefined) throw new Error(`--shapes knows ${Object.keys(shapes).join(', ')}, not ${name}`);
    const model = join(folder, name);
    await writeRandomModel(model, shape);
    for (const factor of values.prompts.split(',').map(Number))
      process.stdout.write(compare(name, model, factor * response));
    rmSync(model, { recursive: true });
  }
  process.stdout.write(
    `\n${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}\n\n${lossTable()}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
