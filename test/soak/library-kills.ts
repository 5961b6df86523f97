import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { problemsAfterKill } from './check-library.ts';
import { killWork } from './kill-work.ts';
import { modelKills } from './model-kills.ts';
import { newLibrary } from './soak-library.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { trainingKills } from './training-kills.ts';

/**
 * `npm run test:kills:library [seed] [share] [work]`: kills work on a library 525 times at random moments (`share` of
 * them, or one kind of work alone), 110 of these on a disk that is full, and looks after each whether anything
 * acknowledged is lost, the database and the label log are sound, and nothing is left behind at the next start. Ends
 * with 1 where anything is wrong. A kill counts where the process died of it.
 */
const seed = Number(process.argv[2] ?? Date.now() % 1_000_000);
const share = Number(process.argv[3] ?? 1);
const only = process.argv[4] ?? null;
const onAnyDisk = { label: 80, undo: 50, bulk: 50, import: 50, copy: 25, trash: 50, save: 30 };
const onFullDisk = { label: 30, undo: 20, bulk: 20, import: 20, trash: 20 };
const ofModels = { export: 20, evaluation: 20, training: 40 };
/** How long the slower works go on before they are killed, at most; 250 ms unless told. */
const mostMilliseconds: { readonly [work: string]: number } = { import: 900, copy: 500, trash: 400, bulk: 400 };
/** Libraries grow; a new one now and then keeps the checks fast. */
const killsPerLibrary = 10;

const random = seededRandom(seed, 0);
const root = mkdtempSync(join(tmpdir(), 'library-kills-'));
const counted = (kills: number): number => Math.max(1, Math.round(kills * share));
const wrong: string[] = [];
let total = 0;
let acknowledgedInAll = 0;

async function lane(name: string, kills: number, where: string, disk: SmallDisk | null): Promise<void> {
  let [done, acknowledgedHere] = [0, 0];
  const outside = join(root, `outside-${disk === null ? '' : 'full-'}${name}`);
  let library = '';
  const acknowledged: Parameters<typeof problemsAfterKill>[2][number][] = [];
  while (done < kills) {
    if (done % killsPerLibrary === 0) {
      rmSync(library === '' ? outside : library, { recursive: true, force: true });
      rmSync(outside, { recursive: true, force: true });
      mkdirSync(outside, { recursive: true });
      library = join(where, `library-${name}-${done}`);
      await newLibrary(library, outside, seed);
      acknowledged.length = 0;
    }
    disk?.fill(random.below(600) * 1024);
    const killed = await killWork(name, library, outside, done, random.below(mostMilliseconds[name] ?? 250));
    for (const one of killed.acknowledged) acknowledged.push(one);
    acknowledgedHere += killed.acknowledged.length - 1;
    // First as it is on the full disk, where it is read; then with room again.
    const full = disk === null ? [] : await problemsAfterKill(library, outside, acknowledged, true);
    disk?.empty();
    for (const problem of [...full, ...(await problemsAfterKill(library, outside, acknowledged))])
      wrong.push(`${name}, kill ${done}${disk === null ? '' : ', full disk'}: ${problem}`);
    done += 1;
  }
  rmSync(library, { recursive: true, force: true });
  total += done;
  acknowledgedInAll += acknowledgedHere;
  process.stdout.write(
    `${name}${disk === null ? '' : ' on a full disk'}: ${done} kills, ${acknowledgedHere} pieces ` +
      `acknowledged, ${wrong.length} problems so far\n`,
  );
}

const started = Date.now();
try {
  const wanted = (works: { readonly [work: string]: number }): [string, number][] =>
    Object.entries(works).filter(([name]) => only === null || name === only);
  for (const [name, kills] of wanted(onAnyDisk)) await lane(name, counted(kills), root, null);
  const disk = mountSmallDisk(join(root, 'disk'), 24);
  if (disk === null)
    process.stdout.write('SKIPPED: a small disk cannot be mounted here, so nothing was killed on a full one.\n');
  else
    try {
      for (const [name, kills] of wanted(onFullDisk)) await lane(name, counted(kills), disk.folder, disk);
    } finally {
      disk.unmount();
    }
  if (only === null)
    for (const { name, kills, problems } of [
      ...(await modelKills(root, counted(ofModels.export), counted(ofModels.evaluation), random)),
      await trainingKills(root, counted(ofModels.training), seed),
    ]) {
      total += kills;
      for (const problem of problems) wrong.push(problem);
      process.stdout.write(`${name}: ${kills} kills, ${wrong.length} problems so far\n`);
    }
  process.stdout.write(
    `seed ${seed}: ${total} kills, ${acknowledgedInAll} pieces acknowledged, ${wrong.length} problems, ` +
      `${Math.round((Date.now() - started) / 1000)} s\n${wrong.map((problem) => `${problem}\n`).join('')}`,
  );
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
