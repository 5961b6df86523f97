import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyChain } from '../../main/labels/verify.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';

/** `npm run test:kills:labels` kills 200 times. */
const kills = Number(process.env['LABEL_KILLS'] ?? 10);
const labelFast = fileURLToPath(new URL('../../main/labels/label-fast.fixture.ts', import.meta.url));

it(
  `keeps every acknowledged label through ${kills} kills at random moments of fast labelling`,
  { timeout: 60_000 + kills * 5000 },
  async () => {
    const { library, projectId } = libraryWith(
      Array.from({ length: 50 }, (_, index) => newPair(index + 1, index % 2 === 0, null, 'a')),
    );
    const random = seededRandom(20_260_101);
    const acknowledged = new Set<number>();
    for (let kill = 0; kill < kills; kill += 1) {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', labelFast, library.dir, String(projectId)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const lines = createInterface(child.stdout);
      lines.on('line', (line) => acknowledged.add(Number(line)));
      await once(lines, 'line');
      await wait(random.below(60));
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    expect(acknowledged.size).toBeGreaterThan(kills);
    const stored = new Set(library.db.prepare<[], number>('SELECT seq FROM label_events').pluck().all());
    expect([...acknowledged].filter((seq) => !stored.has(seq))).toEqual([]);
    expect(verifyChain(library).broken).toBeNull();
    expect(replayLabels(library, projectId)).toEqual([]);
    expect(library.db.pragma('integrity_check', { simple: true })).toBe('ok');
  },
);
