import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * Folders where CUDA and cuDNN libraries are looked for, in this order: `LD_LIBRARY_PATH`, the system's (WSL's and
 * those of the loader's configuration among them), CUDA toolkits, conda, and the folders of NVIDIA's Python wheels.
 * Only those that exist.
 */
export function libraryFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = (environment['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const system = [
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib64',
    '/lib/x86_64-linux-gnu',
    '/usr/local/nvidia/lib64',
    '/usr/local/nvidia/lib',
    '/usr/lib/wsl/lib',
    ...loaderFolders(),
  ];
  const toolkits = children('/usr/local', /^cuda/).flatMap((toolkit) => [
    join(toolkit, 'lib64'),
    join(toolkit, 'targets/x86_64-linux/lib'),
  ]);
  const environments = [environment['CONDA_PREFIX'], environment['VIRTUAL_ENV']].filter(
    (prefix) => prefix !== undefined,
  );
  const pythons = [...environments, '/usr/local', '/usr', join(homedir(), '.local'), '/opt/conda'];
  const conda = environments.flatMap((prefix) => [join(prefix, 'lib'), join(prefix, 'targets/x86_64-linux/lib')]);
  return [...new Set([...named, ...system, ...toolkits, ...conda, ...pythons.flatMap(wheelFolders)])].filter((folder) =>
    existsSync(folder),
  );
}

/** The first folder that holds `file`, or `null`. */
export function findLibrary(file: string, folders: readonly string[]): string | null {
  const folder = folders.find((candidate) => existsSync(join(candidate, file)));
  return folder === undefined ? null : join(folder, file);
}

/** What `/etc/ld.so.conf.d` adds to the loader's folders; CUDA's packages and containers put theirs there. */
function loaderFolders(): string[] {
  const lines = children('/etc/ld.so.conf.d', /[.]conf$/).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('/'));
}

/** `lib/python3.12/site-packages/nvidia/cudnn/lib` and its siblings. */
function wheelFolders(prefix: string): string[] {
  // `nvidia/cublas/lib` up to CUDA 12, `nvidia/cu13/lib` from 13 on.
  return children(join(prefix, 'lib'), /^python3/).flatMap((python) =>
    ['site-packages', 'dist-packages'].flatMap((packages) =>
      children(join(python, packages, 'nvidia'), /./).map((wheel) => join(wheel, 'lib')),
    ),
  );
}

function children(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((child) => name.test(child))
    .sort()
    .map((child) => join(folder, child));
}
