import { Command } from 'commander';
import { textTable } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { readLibrary } from '../with-library.ts';

/** `library backups|restore|check`: the database's copies, and whether it is sound. */
export function libraryCommand(): Command {
  return new Command('library')
    .description('backups of the library, and whether it is sound')
    .addCommand(backupsCommand())
    .addCommand(restoreCommand())
    .addCommand(checkCommand());
}

function backupsCommand(): Command {
  return createCommand('backups', 'list the backups, the newest first').action((options: CommonOptions) =>
    execute(options, async (io) => {
      const { listBackups } = await import('../../../library/backup-files.ts');
      const { libraryFolder } = await import('../../../library/folder.ts');
      const backups = listBackups(libraryFolder(options.library));
      const rows = backups.map(({ name, at, bytes, replaced }) => [
        name,
        at,
        String(bytes),
        replaced ? 'replaced by a restore' : '',
      ]);
      io.result(
        { backups },
        rows.length === 0
          ? 'no backups yet: the app makes one when it opens the library, and one per day'
          : textTable(['backup', 'made', 'bytes', ''], rows),
      );
    }),
  );
}

function restoreCommand(): Command {
  return createCommand('restore', 'replace the database by a backup; the replaced database is kept among the backups')
    .argument('<backup>', 'a name that "library backups" lists')
    .action((name: string, options: CommonOptions) =>
      execute(options, async (io) => {
        const { libraryFolder } = await import('../../../library/folder.ts');
        const { holdLibrary } = await import('../../../library/library-holder.ts');
        const { restoreBackup } = await import('../../../library/restore-backup.ts');
        const dir = libraryFolder(options.library);
        const release = holdLibrary(dir);
        try {
          const replaced = restoreBackup(dir, name);
          io.result({ restored: name, replaced }, `restored ${name}; the previous database is kept as ${replaced}`);
        } finally {
          release();
        }
      }),
    );
}

function checkCommand(): Command {
  return createCommand('check', 'read the whole database and every index and reference in it').action(
    (options: CommonOptions) =>
      execute(options, (io) =>
        readLibrary(options.library, async (library) => {
          const { requireSound } = await import('../../../library/check-database.ts');
          requireSound(library);
          io.result({ sound: true }, `library.sqlite in ${library.dir} is intact`);
        }),
      ),
  );
}
