import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { smol135m, writeRandomModel } from './random-model.ts';
import { runInOwnProcess } from './training-case.ts';

/**
 * `node test/bench/kept-layers.ts`: peak memory and time of a LoRA SafeDPO step on a SmolLM2-135M-shaped model by the
 * number of layers that keep their inner values. Each row is a process of its own.
 */
const { values } = parseArgs({
  options: {
    kept: { type: 'string', default: 'all,1,2,5,10,15,20,25' },
    pairs: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '128' },
    steps: { type: 'string', default: '3' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'safedpo-kept-'));
const tokens = Number(values.tokens);
try {
  await writeRandomModel(folder, smol135m);
  process.stdout.write('| layers kept | GFLOP per step | step s | processor s | peak MB |\n|---|---|---|---|---|\n');
  for (const keptLayers of values.kept.split(',').map((kept) => (kept === 'all' ? kept : Number(kept)))) {
    const result = runInOwnProcess({
      model: folder,
      sharedPrefix: true,
      keptLayers,
      pairs: Number(values.pairs),
      promptTokens: tokens,
      responseTokens: tokens,
      steps: Number(values.steps),
      threads: availableParallelism(),
    });
    process.stdout.write(
      `| ${[
        keptLayers,
        Math.round(result.gigaflopPerStep),
        result.secondsPerStep.toFixed(2),
        result.processorSecondsPerStep.toFixed(1),
        Math.round(result.peakMemoryBytes / 1e6),
      ].join(' | ')} |\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
