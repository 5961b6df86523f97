import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * Folders where CUDA and cuDNN libraries are looked for, in this order: `LD_LIBRARY_PATH`, the system's, CUDA toolkits,
 * conda, and the folders of NVIDIA's Python wheels. Only those that exist.
 */
export function libraryFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = (environment['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const system = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/lib/x86_64-linux-gnu', '/usr/local/nvidia/lib64', '/usr/local/nvidia/lib'];
  const toolkits = children('/usr/local', /^cuda/).flatMap((toolkit) => [join(toolkit, 'lib64'), join(toolkit, 'targets/x86_64-linux/lib')]);
  const environments = [environment['CONDA_PREFIX'], environment['VIRTUAL_ENV']].filter((prefix) => prefix !== undefined);
  const pythons = [...environments, '/usr/local', '/usr', join(homedir(), '.local'), '/opt/conda'];
  const conda = environments.map((prefix) => join(prefix, 'lib'));
  return [...new Set([...named, ...system, ...toolkits, ...conda, ...pythons.flatMap(wheelFolders)])].filter((folder) => existsSync(folder));
}

/** The first folder that holds `file`, or `null`. */
export function findLibrary(file: string, folders: readonly string[]): string | null {
  const folder = folders.find((candidate) => existsSync(join(candidate, file)));
  return folder === undefined ? null : join(folder, file);
}

/** `lib/python3.12/site-packages/nvidia/cudnn/lib` and its siblings. */
function wheelFolders(prefix: string): string[] {
  return children(join(prefix, 'lib'), /^python3/).flatMap((python) =>
    ['site-packages', 'dist-packages'].flatMap((packages) => children(join(python, packages, 'nvidia'), /./).map((wheel) => join(wheel, 'lib'))),
  );
}

function children(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((child) => name.test(child)).sort().map((child) => join(folder, child));
}
