import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gpuShapes } from '../shapes.ts';
import { type DryCase, runInOwnProcess } from './dry-case.ts';
import { writeSparseModel } from './sparse-model.ts';
import type { PrecisionName } from '../../../native-models/vocabulary/lists.ts';

/**
 * `node test/gpu/dry-device/dry-run.ts --libraries DIR`: LoRA SafeDPO steps of each shape and precision through ONNX
 * Runtime's own CUDA provider on a device that computes nothing, as a table in Markdown. See README.md in this folder.
 */
const { values } = parseArgs({
  options: {
    libraries: { type: 'string' },
    shapes: { type: 'string', default: '135M,1B,8B' },
    precisions: { type: 'string', default: 'bfloat16' },
    tokens: { type: 'string', default: '256,1024' },
    pairs: { type: 'string', default: '4' },
    memory: { type: 'string', default: '80' },
    kernels: { type: 'string', default: '/dev/null' },
    smallest: { type: 'boolean', default: false },
  },
});
if (values.libraries === undefined) throw new Error('--libraries needs the folder that build.sh wrote');
const libraries = values.libraries;
const known: readonly PrecisionName[] = ['float32', 'bfloat16', 'float16', 'int4'];
const work = mkdtempSync(join(tmpdir(), 'safedpo-dry-'));
const gigabyte = 1e9;

/** The smallest card on which the steps run, to a tenth of a gigabyte. */
function smallestCard(bench: DryCase, enoughBytes: number): number {
  let [low, high] = [0, enoughBytes];
  while (high - low > 0.1 * gigabyte) {
    const middle = (low + high) / 2;
    if (runInOwnProcess({ ...bench, memoryBytes: Math.round(middle) }, libraries, '/dev/null') === null) low = middle;
    else high = middle;
  }
  return high;
}

process.stdout.write(
  '| shape | precision | prompt + responses | blocks of attention | loads in s | starts of kernels per step | ' +
    'products per step | TFLOP per step | host waits per step | copies to the device | to the host | taken of ' +
    `the card GB |${values.smallest ? ' smallest card GB |' : ''} planned GB ` +
    `|\n|${'---|'.repeat(values.smallest ? 14 : 13)}\n`,
);
try {
  for (const [shape, config] of Object.entries(gpuShapes).filter(([name]) => values.shapes.split(',').includes(name))) {
    const model = join(work, shape);
    await writeSparseModel(model, config);
    for (const precision of known.filter((name) => values.precisions.split(',').includes(name))) {
      for (const tokens of values.tokens.split(',').map(Number)) {
        const bench: DryCase = {
          model,
          cacheFolder: work,
          precision,
          tokens,
          pairs: Number(values.pairs),
          keptLayers: 1,
          rank: 16,
          memoryBytes: Number(values.memory) * gigabyte,
        };
        const result = runInOwnProcess(bench, libraries, values.kernels);
        if (result === null) throw new Error(`${shape} in ${precision} does not fit ${values.memory} GB`);
        const { step, peakBytes, plannedBytes } = result;
        const gigabytes = (bytes: number): string => (bytes / gigabyte).toFixed(1);
        const smallest = values.smallest ? [gigabytes(smallestCard(bench, peakBytes))] : [];
        process.stdout.write(
          `| ${[
            shape,
            precision,
            `${tokens} + 2 × ${tokens}`,
            result.attentionBlocks,
            result.loadSeconds.toFixed(1),
            step.launches,
            step.products,
            (step.productOperations / 1e12).toFixed(1),
            step.synchronisations,
            step.toDeviceCopies,
            step.toHostCopies,
            gigabytes(peakBytes),
            ...smallest,
            gigabytes(plannedBytes),
          ].join(' | ')} |\n`,
        );
      }
    }
    rmSync(model, { recursive: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
