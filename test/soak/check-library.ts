import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayLabels } from '../../main/labels/replay.ts';
import { verifyChain } from '../../main/labels/verify.ts';
import { requireSound } from '../../main/library/check-database.ts';
import { abandonDeadImports } from '../../main/datasets/store/datasets.ts';
import { openLibrary, type Library } from '../../main/library/library.ts';
import { transact } from '../../main/library/transact.ts';
import { removeListedFolders } from '../../main/runs/folders-to-remove.ts';

/** What the work acknowledged before it was killed; fields as `library-work.ts` writes them. */
export interface Acknowledged {
  readonly head?: string;
  readonly dataset?: number;
  readonly accepted?: number;
  readonly copy?: string;
  readonly gone?: string;
  readonly saved?: string;
}

/**
 * Everything that is wrong with a library after a kill; none when nothing acknowledged was lost and all is sound. On a
 * full disk nothing can be cleared away yet.
 */
export async function problemsAfterKill(
  dir: string,
  outside: string,
  acknowledged: readonly Acknowledged[],
  diskIsFull = false,
): Promise<string[]> {
  const library = openLibrary(dir);
  try {
    const problems = problemsOf(library, acknowledged);
    if (diskIsFull) return problems;
    transact(library, () => abandonDeadImports(library));
    await removeListedFolders(library);
    return [...problems, ...leftovers(library), ...problemsOutside(outside, acknowledged)];
  } finally {
    library.close();
  }
}

function problemsOf(library: Library, acknowledged: readonly Acknowledged[]): string[] {
  const { db } = library;
  requireSound(library);
  const { broken } = verifyChain(library);
  const event = db.prepare<[string], number>('SELECT 1 FROM label_events WHERE hash = ?').pluck();
  const dataset = db
    .prepare<[number], number>(
      "SELECT count(*) FROM pairs JOIN datasets ON datasets.id = dataset_id WHERE datasets.id = ? AND state = 'ready'",
    )
    .pluck();
  const run = db.prepare<[string], number>('SELECT 1 FROM runs WHERE id = ?').pluck();
  const lost = acknowledged.filter(
    ({ head, dataset: id, accepted, gone }) =>
      (head !== undefined && event.get(head) === undefined) ||
      (id !== undefined && dataset.get(id) !== accepted) ||
      (gone !== undefined && run.get(gone) !== undefined),
  );
  return [
    ...(broken === null ? [] : [`label chain: ${broken.message}`]),
    ...replayLabels(library, 1).map(({ pairId, group }) => `replay: pair ${pairId}, group ${group}`),
    ...lost.map((each) => `lost: ${JSON.stringify(each)}`),
  ];
}

/** After the next start nothing is left of what was half done. */
function leftovers({ db, dir }: Library): string[] {
  const importing =
    db.prepare<[], number>("SELECT count(*) FROM datasets WHERE state = 'importing'").pluck().get() ?? 0;
  const known = new Set(db.prepare<[], string>('SELECT id FROM runs').pluck().all());
  const folders = existsSync(join(dir, 'runs'))
    ? readdirSync(join(dir, 'runs')).filter((name) => !known.has(name))
    : [];
  const listed = db.prepare<[], number>('SELECT count(*) FROM folders_to_remove').pluck().get() ?? 0;
  return [
    ...(importing > 0 ? [`${importing} half imports are left`] : []),
    ...folders.map((name) => `the folder of run ${name} is left`),
    ...(listed > 0 ? [`${listed} folders are still listed`] : []),
  ];
}

/** Copies are whole libraries or none; a labels file is whole. */
function problemsOutside(outside: string, acknowledged: readonly Acknowledged[]): string[] {
  const problems: string[] = [];
  for (const name of readdirSync(outside).filter((each) => each.startsWith('copy-'))) {
    const copied = join(outside, name);
    const told = acknowledged.find(({ copy }) => copy === copied);
    if (!existsSync(join(copied, 'library.sqlite'))) {
      if (told !== undefined) problems.push(`the copy ${name} is lost`);
      continue;
    }
    const library = openLibrary(copied);
    for (const problem of problemsOf(library, told === undefined ? [] : [{ head: told.head ?? '' }]))
      problems.push(`${name}: ${problem}`);
    library.close();
  }
  const file = join(outside, 'labels.jsonl');
  const saved = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (acknowledged.some((each) => each.saved !== undefined) && saved === '') problems.push('the saved labels are lost');
  if (saved !== '') for (const line of saved.trimEnd().split('\n')) JSON.parse(line);
  return saved === '' || saved.endsWith('\n') ? problems : [...problems, 'the labels file is cut off'];
}
