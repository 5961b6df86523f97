import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../../native-models/text/seeded-random.ts';
import { llama1bSlice, smol135m, writeRandomModel } from '../random-model.ts';
import type { PairTokens, PeerCase, PeerResult } from './peer-case.ts';

/**
 * `node test/bench/peer/peer.ts`: LoRA DPO steps of this project and of TRL + PEFT on the same model folder, pairs, rank,
 * targets, batch and precision, one after the other in processes of their own, over and over. Needs Python 3 with torch,
 * transformers, trl, peft and datasets (`--python`); the product does not.
 */
const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '3' },
    steps: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    provider: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'float32' },
    shapes: { type: 'string', default: '135M,1B-slice' },
    response: { type: 'string', default: '48' },
    pairs: { type: 'string', default: '2' },
  },
});

const tinyShape = { ...smol135m, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 131 };
const shapes: { readonly [name: string]: { readonly vocab_size: number } } = { '135M': smol135m, '1B-slice': llama1bSlice, tiny: tinyShape };
const folder = mkdtempSync(join(tmpdir(), 'safedpo-peer-'));
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function oneOf<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new Error(`--${name} is one of ${choices.join(', ')}, not ${value}`);
  return chosen;
}

function writePairs(file: string, count: number, vocabulary: number, promptTokens: number, responseTokens: number): void {
  const random = seededRandom(17, promptTokens);
  // The last id ends a response on both sides, so it appears nowhere else.
  const end = vocabulary - 1;
  const ids = (length: number): number[] => Array.from({ length }, () => random.below(end));
  const pairs = Array.from({ length: count }, (): PairTokens => ({ prompt: ids(promptTokens), chosen: [...ids(responseTokens - 1), end], rejected: [...ids(responseTokens - 1), end] }));
  writeFileSync(file, JSON.stringify(pairs));
}

function run(command: string, file: string, bench: PeerCase): PeerResult {
  const output = execFileSync(command, [here(file), JSON.stringify(bench)], { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TRANSFORMERS_VERBOSITY: 'error', HF_HUB_OFFLINE: '1' } });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Pairs a second of the median step after the first, which warms up. */
function pairsPerSecond({ secondsPerStep }: PeerResult, pairs: number): number {
  return pairs / median(secondsPerStep.length > 1 ? secondsPerStep.slice(1) : secondsPerStep);
}

const [repeats, steps, pairs, response] = [Number(values.repeats), Number(values.steps), Number(values.pairs), Number(values.response)];
process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads, provider ${values.provider}, ${values.precision}; ${pairs} pairs a step, ${steps} steps, ${repeats} repeats; medians\n\n`);
process.stdout.write('| model | prompt + response tokens | ours pairs/s | TRL pairs/s | ratio | ours peak MB | TRL peak MB | memory ratio | log-prob difference at step 0 |\n|---|---|---|---|---|---|---|---|---|\n');
try {
  for (const name of values.shapes.split(',')) {
    const shape = shapes[name];
    if (shape === undefined) throw new Error(`--shapes knows ${Object.keys(shapes).join(', ')}, not ${name}`);
    const model = join(folder, name);
    await writeRandomModel(model, shape);
    for (const factor of [1, 10]) {
      const pairsFile = join(folder, `${name}-${factor}.json`);
      writePairs(pairsFile, pairs * steps, shape.vocab_size, factor * response, response);
      const bench: PeerCase = { model, pairsFile, provider: oneOf('provider', values.provider, ['cpu', 'cuda', 'webgpu']), precision: oneOf('precision', values.precision, ['float32', 'bfloat16', 'float16', 'int4']), cacheFolder: folder, pairsPerStep: pairs, steps, threads: availableParallelism(), layerCheckpointing: 0 };
      const rounds = Array.from({ length: repeats }, () => ({ ours: run(process.execPath, 'our-case.ts', bench), theirs: run(values.python, 'trl_case.py', bench) }));
      const side = (of: 'ours' | 'theirs') => ({ rate: median(rounds.map((round) => pairsPerSecond(round[of], pairs))), peak: median(rounds.map((round) => round[of].peakMemoryBytes)) });
      const [ours, theirs] = [side('ours'), side('theirs')];
      const gap = Math.max(...rounds.map((round) => Math.max(Math.abs(round.ours.firstChosenLogp - round.theirs.firstChosenLogp), Math.abs(round.ours.firstRejectedLogp - round.theirs.firstRejectedLogp))));
      const cells = [name, `${factor * response} + ${response}`, ours.rate.toFixed(3), theirs.rate.toFixed(3), (ours.rate / theirs.rate).toFixed(2), Math.round(ours.peak / 1e6), Math.round(theirs.peak / 1e6), (ours.peak / theirs.peak).toFixed(2), gap.toExponential(1)];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
