import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the library holds is the person's alone: harmful prompts, verdicts, names. On Windows the folder's own access
 * list does this.
 */
const isPosix = process.platform !== 'win32';

/**
 * The permissions that files of the person's other programs lack; `null` while this process writes with them itself.
 */
let personsMask: number | null = null;

/**
 * From here on, what this process and those it starts write can be read by its owner alone. Call it first in a program.
 */
export function keepFilesPrivate(): void {
  if (isPosix) personsMask ??= process.umask(0o077);
}

/**
 * Gives what was written where the person asked for it, an export for instance, the permissions that their other
 * programs give: it is meant to be passed on.
 */
export function givePersonsPermissions(path: string): void {
  if (personsMask === null) return;
  const folder = statSync(path).isDirectory();
  chmodSync(path, (folder ? 0o777 : 0o666) & ~personsMask);
  if (folder) readdirSync(path).forEach((name) => givePersonsPermissions(join(path, name)));
}

const ownNames = /^(library\.(sqlite|backup)|host\.lock|(runs|exports|uploads|logs|sample|cache|backups)$)/;

/**
 * Closes what an earlier version left open to other users: a closed folder closes all that is in it. Only what is the
 * library's own is touched, since people may keep it beside other files.
 */
export function closeToOthers(dir: string): void {
  if (!isPosix) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!ownNames.test(entry.name) || entry.isSymbolicLink()) continue;
    const path = join(dir, entry.name);
    try {
      if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, entry.isDirectory() ? 0o700 : 0o600);
    } catch {
      // Another user's file, or a read-only disk: opening goes on to say what it cannot do.
    }
  }
}
