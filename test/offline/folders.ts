import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from './trace.ts';

/** A home and a temporary folder of a program's own, so that whatever it leaves there can be listed. */
export function watchedFolders(root: string): { readonly environment: NodeJS.ProcessEnv; left(): string[] } {
  const [home, temporary] = [join(root, 'home'), join(root, 'temporary')];
  for (const folder of [home, temporary]) mkdirSync(folder, { recursive: true });
  return {
    environment: {
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      XDG_CONFIG_HOME: join(home, '.config'),
      TMPDIR: temporary,
    },
    left: () =>
      [home, temporary].flatMap((folder) =>
        readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
      ),
  };
}

/** What was written outside these folders. */
export function writtenOutside({ written }: Pick<Trace, 'written'>, folders: readonly string[]): string[] {
  return written.filter((path) => !folders.some((folder) => path === folder || path.startsWith(`${folder}/`)));
}
