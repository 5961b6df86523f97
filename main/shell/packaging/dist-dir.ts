import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreignFiles, listPacked, summarise } from './contents.ts';
import { writeStubElectron } from './stub-electron.ts';

/**
 * `npm run dist:dir`: builds everything and packs the Linux app into dist/linux-unpacked, without a network and
 * without Electron's program (a stub takes its place), then lists what went in. `--electron DIR` packs a real one.
 */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const given = process.argv.indexOf('--electron');
const electronDist = given === -1 ? join(root, 'dist/stub-electron') : process.argv[given + 1];
if (electronDist === undefined) throw new Error('--electron needs the folder of an unpacked Electron distribution.');
if (given === -1) writeStubElectron(electronDist, electronVersion());

rmSync(join(root, 'dist/linux-unpacked'), { recursive: true, force: true });
run('electron-vite', 'build', '--logLevel', 'warn');
await import('./write-notices.ts');
run('vite', 'build', '--config', 'engine.vite.config.ts', '--logLevel', 'warn');
run(
  'electron-builder',
  '--linux',
  'dir',
  '--x64',
  `-c.electronDist=${electronDist}`,
  `-c.electronVersion=${electronVersion()}`,
);

const files = listPacked(join(root, 'dist/linux-unpacked'));
console.log(summarise(files));
const foreign = foreignFiles(files, 'linux');
if (foreign.length > 0)
  throw new Error(`Files of another platform went in: ${foreign.map(({ path }) => path).join(', ')}`);

function electronVersion(): string {
  const { version }: { version: string } = createRequire(import.meta.url)('electron/package.json');
  return version;
}

function run(tool: string, ...options: readonly string[]): void {
  const { status } = spawnSync(join(root, 'node_modules/.bin', tool), options, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${tool} ended with ${status}.`);
}
