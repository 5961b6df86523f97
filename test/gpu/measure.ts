import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { precisions } from '../../native-models/decoder/precision.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { decoderTensorShapes, parameterCount } from '../../native-models/decoder/tensor-shapes.ts';
import { loraParameters } from '../../native-models/parameters/trained-parameters.ts';
import { matrixRate } from '../../native-models/engine/probe/matrix-rate.ts';
import { gradientDifferenceFromCpu, gradientError } from '../../native-models/engine/probe/self-test.ts';
import { attentionBlocksFor } from '../../native-models/runtime/attention-blocks.ts';
import { batchShape } from '../../native-models/runtime/memory-bytes.ts';
import { predictMemory, totalBytes } from '../../native-models/runtime/memory-plan.ts';
import { readProfile } from '../../native-models/runtime/profile.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import type { PairTokens, PeerCase, PeerResult } from '../bench/peer/peer-case.ts';
import { writeRandomModel } from '../bench/random-model.ts';
import { gpuShapes } from './shapes.ts';

/**
 * The table of a GPU machine, in Markdown on standard output: self-test, matrix rate, then LoRA steps by shape,
 * precision and tokens, each in a process of its own, with peak memory, host copies and time by part of the model.
 */
const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'cuda' },
    shapes: { type: 'string', default: '135M,1B,8B' },
    precisions: { type: 'string', default: 'bfloat16,int4' },
    tokens: { type: 'string', default: '512,2048' },
    pairs: { type: 'string', default: '4' },
    steps: { type: 'string', default: '6' },
  },
});
const provider = (['cpu', 'cuda', 'webgpu'] as const).find((name) => name === values.provider) ?? 'cuda';
const device = { provider, threads: availableParallelism() };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const work = mkdtempSync(join(tmpdir(), 'safedpo-gpu-'));

/** Bytes in use on the first card, or `null` where there is none. */
function cardBytes(): number | null {
  try {
    return (
      Number(
        execFileSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0'], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      ) *
      1024 ** 2
    );
  } catch {
    return null;
  }
}

/** The largest use of the card while a process runs, beyond what was used before. */
async function cardPeak(child: ChildProcess, before: number | null): Promise<number | null> {
  let peak = before;
  while (child.exitCode === null && child.signalCode === null) {
    const now = cardBytes();
    if (now !== null) peak = Math.max(peak ?? 0, now);
    await sleep(250);
  }
  return peak === null || before === null ? null : peak - before;
}

async function runCase(
  bench: PeerCase,
): Promise<{ readonly result: PeerResult; readonly peakCardBytes: number | null }> {
  const before = cardBytes();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../bench/peer/our-case.ts', import.meta.url)), JSON.stringify(bench)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  const [peakCardBytes] = await Promise.all([cardPeak(child, before), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`the steps ended with ${child.exitCode ?? child.signalCode}`);
  return { result: JSON.parse(output.trim().split('\n').at(-1) ?? ''), peakCardBytes };
}

function writePairs(file: string, count: number, vocabulary: number, tokens: number): void {
  const random = seededRandom(17, tokens);
  const ids = (): number[] => Array.from({ length: tokens / 2 }, () => random.below(vocabulary));
  writeFileSync(
    file,
    JSON.stringify(
      Array.from({ length: count }, (): PairTokens => ({ prompt: ids(), chosen: ids(), rejected: ids() })),
    ),
  );
}

const megabytes = (bytes: number | null): string => (bytes === null ? '-' : `${Math.round(bytes / 1e6)}`);

/**
 * Products of a step of frozen weights, forward and backward to the input: 4 FLOP a weight and token, 2 more where
 * layers are recomputed.
 */
function teraflopPerStep(weights: number, tokens: number, recomputed: boolean): number {
  return ((recomputed ? 6 : 4) * weights * tokens) / 1e12;
}

say(`## ${new Date().toISOString().slice(0, 10)}, provider ${provider}`);
say(
  'Gradients of the self-test, largest difference from float64: ' +
    `${(await gradientError(device, 'all')).toExponential(1)}, with layers recomputed ` +
    `${(await gradientError(device, 1)).toExponential(1)}.`,
);
say(
  'Gradients against the CPU, the same graph: largest difference ' +
    `${(await gradientDifferenceFromCpu(device, 'all')).toExponential(1)} of the largest gradient, with layers ` +
    `recomputed ${(await gradientDifferenceFromCpu(device, 1)).toExponential(1)}.`,
);
const halfRate = await matrixRate(
  device,
  provider === 'cuda' ? 'bfloat16' : 'float32',
  provider === 'cuda' ? 8192 : 768,
  5,
);
say(
  `Plain matrix products: ${(halfRate / 1e12).toFixed(2)} TFLOP/s in ` +
    `${provider === 'cuda' ? 'bfloat16' : 'float32'}.\n`,
);
say(
  '| shape | precision | tokens per response | pairs/s | tokens/s | of the matrix rate | peak of the process ' +
    'MB | peak of the card MB | predicted of the process MB | predicted of the card MB | host copies per step | ' +
    'largest parts |',
);
say('|---|---|---|---|---|---|---|---|---|---|---|---|');
try {
  for (const name of values.shapes.split(',')) {
    const shape = Object.entries(gpuShapes).find(([known]) => known === name)?.[1];
    if (shape === undefined) throw new Error(`--shapes knows ${Object.keys(gpuShapes).join(', ')}, not ${name}`);
    const model = join(work, name);
    await writeRandomModel(model, shape);
    const config = parseDecoderConfig(shape, join(model, 'config.json'));
    const weights = [...decoderTensorShapes(config)]
      .filter(([tensor]) => tensor.startsWith('model.layers.'))
      .reduce((sum, [, dims]) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
    for (const precision of (['float32', 'bfloat16', 'float16', 'int4'] as const).filter((known) =>
      values.precisions.split(',').includes(known),
    )) {
      for (const tokens of values.tokens.split(',').map(Number)) {
        const [pairs, steps] = [Number(values.pairs), Number(values.steps)];
        const pairsFile = join(work, 'pairs.json');
        writePairs(pairsFile, pairs * steps, config.vocabularySize, tokens);
        const profilePrefix = join(work, `profile-${name}-${precision}-${tokens}`);
        const keptLayers = name === '1B' || name === '8B' ? 1 : 'all';
        const { result, peakCardBytes } = await runCase({
          model,
          pairsFile,
          adapterFile: join(work, 'adapter.safetensors'),
          provider,
          precision,
          cacheFolder: work,
          pairsPerStep: pairs,
          steps,
          threads: device.threads,
          keptLayers,
          profilePrefix,
        });
        const seconds =
          result.secondsPerStep.slice(1).toSorted((a, b) => a - b)[Math.floor((steps - 1) / 2)] ?? Number.NaN;
        const profile = await readProfile(
          readdirSync(work)
            .filter((file) => file.startsWith(`profile-${name}-${precision}-${tokens}-`))
            .map((file) => join(work, file)),
        );
        const predicted = predictMemory({
          config,
          provider,
          precision: precisions[precision],
          accumulates: false,
          trainedParameters: loraParameters(config, { rank: 16, alpha: 32, targets: [] }).layout.size,
          adapterRanksPerLayer: 7 * 16,
          batch: batchShape(pairs, { prompt: tokens / 2, response: tokens / 2 }, true),
          keptLayers,
          attentionBlocks: attentionBlocksFor(provider, config.heads, pairs, 2 * tokens),
        });
        const share =
          teraflopPerStep(weights, result.tokensPerStep, keptLayers !== 'all') / seconds / (halfRate / 1e12);
        const parts = profile.parts
          .slice(0, 3)
          .map(({ part, share: of }) => `${part} ${Math.round(100 * of)} %`)
          .join(', ');
        say(
          `| ${[
            `${name} (${(parameterCount(config) / 1e6).toFixed(0)} M)`,
            precision,
            tokens / 2,
            (pairs / seconds).toFixed(2),
            Math.round(result.tokensPerStep / seconds),
            `${(100 * share).toFixed(0)} %`,
            megabytes(result.peakMemoryBytes),
            megabytes(peakCardBytes),
            megabytes(totalBytes(predicted.parts.filter(({ place }) => place === 'host'))),
            megabytes(provider === 'cpu' ? null : totalBytes(predicted.parts.filter(({ place }) => place === 'card'))),
            Math.round(profile.hostCopies.nodes / profile.runs),
            parts,
          ].join(' | ')} |`,
        );
      }
    }
    rmSync(model, { recursive: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
