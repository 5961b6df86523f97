import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = { readonly [name: string]: string | undefined };

/**
 * The library folder: `option` (`--library DIR`), else `SAFEDPO_LIBRARY`, else the platform's place for
 * application data (`%LOCALAPPDATA%`, `~/Library/Application Support`, `$XDG_DATA_HOME` or `~/.local/share`).
 */
export function libraryFolder(option: string | undefined, environment: Environment = process.env, platform: NodeJS.Platform = process.platform): string {
  const named = option ?? environment['SAFEDPO_LIBRARY'];
  return named === undefined || named === '' ? join(applicationData(environment, platform), 'SafeDPO Studio') : resolve(named);
}

function applicationData(environment: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
}
