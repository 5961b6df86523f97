import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { chooseFolder, chosenFolder } from './chosen-folder.ts';

type Environment = { readonly [name: string]: string | undefined };

/**
 * The library folder: `option` (`--library DIR`), else `SAFEDPO_LIBRARY`, else the one chosen in Preferences, else the
 * platform's place for application data (`%LOCALAPPDATA%`, `~/Library/Application Support`, `$XDG_DATA_HOME` or
 * `~/.local/share`). Throws what `chosenFolder` throws.
 */
export function libraryFolder(
  option: string | undefined,
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = namedFolder(option, environment);
  const usual = defaultFolder(environment, platform);
  return named ?? chosenFolder(usual) ?? usual;
}

/** How a host knows and changes which library the next starts open. */
export interface LibraryChoice {
  /** Whether this start named its library, which comes before what was chosen. */
  readonly namedAtStart: boolean;
  /** Keeps `folder` for the next starts. */
  remember(folder: string): void;
}

export function libraryChoice(
  option: string | undefined,
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): LibraryChoice {
  return {
    namedAtStart: namedFolder(option, environment) !== null,
    remember: (folder) => chooseFolder(defaultFolder(environment, platform), folder),
  };
}

function namedFolder(option: string | undefined, environment: Environment): string | null {
  const named = option ?? environment['SAFEDPO_LIBRARY'];
  return named === undefined || named === '' ? null : resolve(named);
}

function defaultFolder(environment: Environment, platform: NodeJS.Platform): string {
  return join(applicationData(environment, platform), 'SafeDPO Studio');
}

function applicationData(environment: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
}
