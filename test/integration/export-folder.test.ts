import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clearLeftExports, openExportFolder, type ExportFolder } from '../../main/exports/export-folder.ts';
import { openLibrary, type Library } from '../../main/library/library.ts';

let work = '';
let library: Library;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'export-folder-'));
  library = openLibrary(join(work, 'library'));
});
afterEach(() => {
  library.close();
  rmSync(work, { recursive: true, force: true });
});

/** An export that holds one file. */
async function written(out: string, content: string): Promise<ExportFolder> {
  const folder = await openExportFolder(library, out);
  mkdirSync(folder.partial);
  writeFileSync(join(folder.partial, 'model'), content);
  return folder;
}

const [libraryFile, exportFolderFile] = ['library/library.ts', 'exports/export-folder.ts'].map((path) =>
  fileURLToPath(new URL(`../../main/${path}`, import.meta.url)),
);
const names = (): string[] =>
  readdirSync(work)
    .filter((name) => name !== 'library')
    .toSorted();

it('appears as a whole, and leaves what lies beside it alone', async () => {
  mkdirSync(join(work, 'X.partial'));
  writeFileSync(join(work, 'X.partial', 'mine.txt'), 'mine');
  const folder = await written(join(work, 'X'), 'ours');
  expect(existsSync(join(work, 'X'))).toBe(false);
  await folder.publish();
  await folder.discard();
  expect(readFileSync(join(work, 'X', 'model'), 'utf8')).toBe('ours');
  expect(readFileSync(join(work, 'X.partial', 'mine.txt'), 'utf8')).toBe('mine');
  expect(names()).toEqual(['X', 'X.partial']);
});

it('what came to be in the target meanwhile stays, and the export says so', async () => {
  const folder = await written(join(work, 'X'), 'ours');
  mkdirSync(join(work, 'X'));
  writeFileSync(join(work, 'X', 'mine.txt'), 'mine');
  await expect(folder.publish()).rejects.toMatchObject({ code: 'folder-not-empty' });
  await folder.discard();
  expect([names(), readdirSync(join(work, 'X'))]).toEqual([['X'], ['mine.txt']]);
});

it('of two exports to one folder the first is kept, and the second is told', async () => {
  const [first, second] = [await written(join(work, 'X'), 'first'), await written(join(work, 'X'), 'second')];
  await first.publish();
  await expect(second.publish()).rejects.toMatchObject({ code: 'folder-not-empty' });
  await Promise.all([first.discard(), second.discard()]);
  expect(readFileSync(join(work, 'X', 'model'), 'utf8')).toBe('first');
  expect(names()).toEqual(['X']);
});

it.each([true, false])('a link to another disk stays a link (its folder is there: %s)', async (isThere) => {
  mkdirSync(join(work, 'disk'));
  if (isThere) mkdirSync(join(work, 'disk', 'big'));
  symlinkSync(join(work, 'disk', 'big'), join(work, 'X'));
  const folder = await written(join(work, 'X'), 'ours');
  expect(folder.partial.startsWith(join(work, 'disk'))).toBe(true);
  await folder.publish();
  await folder.discard();
  expect(lstatSync(join(work, 'X')).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(work, 'disk', 'big'))).toEqual(['model']);
});

it('what a kill left is cleared at the next start; what lives, and what is not ours, is not', async () => {
  const script = `
    import { openLibrary } from ${JSON.stringify(libraryFile)};
import { openExportFolder } from ${JSON.stringify(exportFolderFile)};
    const library = openLibrary(${JSON.stringify(join(work, 'library'))});
    for (const name of ['killed', 'theirs']) {
        const { partial } = await openExportFolder(library, ${JSON.stringify(work)} + '/' + name);
        process.stdout.write(partial + '\\n');
      }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const piece of child.stdout) if ((output += String(piece)).split('\n').length > 2) break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const theirs = join(output.split('\n')[1] ?? '', '..');
  rmSync(join(theirs, '.safedpo-export'));
  writeFileSync(join(theirs, 'mine.txt'), 'put here since');
  const living = await openExportFolder(library, join(work, 'living'));
  await clearLeftExports(library);
  expect(names()).toHaveLength(2);
  expect(existsSync(join(theirs, 'mine.txt'))).toBe(true);
  await living.discard();
  expect(names()).toHaveLength(1);
});
