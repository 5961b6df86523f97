import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { smol135m, writeRandomModel } from './random-model.ts';
import { type TrainingCase, runInOwnProcess } from './training-case.ts';

/**
 * `npm run bench`: LoRA SafeDPO steps on a SmolLM2-135M-shaped model with random weights, beside the machine's plain
 * MatMul rate in the same process. Each configuration is a process of its own.
 */
const folder = mkdtempSync(join(tmpdir(), 'safedpo-bench-'));
const base: TrainingCase = {
  model: folder,
  sharedPrefix: false,
  keptLayers: 'all',
  pairs: 4,
  promptTokens: 128,
  responseTokens: 128,
  steps: 4,
  threads: availableParallelism(),
};
const cases: readonly (readonly [name: string, bench: TrainingCase])[] = [
  ['prompt twice', base],
  ['shared prefix', { ...base, sharedPrefix: true }],
  ['prompt twice, layers recomputed', { ...base, keptLayers: 1 }],
  ['shared prefix, layers recomputed', { ...base, sharedPrefix: true, keptLayers: 1 }],
];

try {
  await writeRandomModel(folder, smol135m);
  const rows = cases.map(([name, bench]) => ({ name, ...runInOwnProcess(bench) }));
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.name,
        {
          'tokens/step': row.tokensPerStep,
          'GFLOP/step': Math.round(row.gigaflopPerStep),
          'step s': Number(row.secondsPerStep.toFixed(2)),
          'pairs/s': Number(row.pairsPerSecond.toFixed(2)),
          'plain GF/s': Math.round(row.plainGigaflops),
          'achieved GF/s': Math.round(row.achievedGigaflops),
          ratio: Number((row.achievedGigaflops / row.plainGigaflops).toFixed(2)),
          'peak MB': Math.round(row.peakMemoryBytes / 1e6),
          'create s': Number(row.createSeconds.toFixed(2)),
        },
      ]),
    ),
  );
  const [twice, shared] = rows;
  if (twice !== undefined && shared !== undefined) {
    process.stdout.write(
      `shared prefix: ${(shared.pairsPerSecond / twice.pairsPerSecond).toFixed(2)} times the pairs/s, ` +
        `${(twice.tokensPerStep / shared.tokensPerStep).toFixed(2)} by token counts, ` +
        `${(twice.gigaflopPerStep / shared.gigaflopPerStep).toFixed(2)} by FLOP\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
