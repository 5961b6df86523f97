import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { precisions } from '../../native-models/decoder/precision.ts';
import { score } from '../../native-models/engine/infer/score.ts';
import type { ScoreRow } from '../../native-models/protocol/tasks.ts';
import { dataFolder } from './real-data.ts';

/** Small model folders made from bug reports about other programs, with the log-probs that transformers 5.24 gives. */
const casesFolder = join(dataFolder, '..', 'cases');
const hasCases = existsSync(casesFolder);
if (!hasCases) console.warn(`SKIPPED: model folders from bug reports, because ${casesFolder} does not exist.`);

describe.skipIf(!hasCases)('log-probs of folders from bug reports are those of transformers', () => {
  it.each([
    { folder: 'tied-with-own-head', logp: -29.043 },
    { folder: 'single-file-beside-shards', logp: -31.966 },
  ])('$folder', async ({ folder, logp }) => {
    const rows: ScoreRow[] = readFileSync(join(casesFolder, folder, 'rows.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const scored: number[] = [];
    const model = {
      path: join(casesFolder, folder, 'model'),
      checkpoint: null,
      precision: precisions.float32,
      cacheFolder: tmpdir(),
    };
    await score(
      { model, device: { provider: 'cpu', threads: 1 }, template: 'model', maxLength: 512, rows },
      (event) => {
        if ('logp' in event && typeof event.logp === 'number') scored.push(event.logp);
      },
    );
    expect(scored).toHaveLength(1);
    expect(scored[0]).toBeCloseTo(logp, 2);
  });
});
