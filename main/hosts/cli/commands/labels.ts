import { Command } from 'commander';
import type { LabelFileFormat } from '../../../labels/label-file.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { readLibrary, withLibrary } from '../with-library.ts';

type ProjectOptions = CommonOptions & { readonly project: string };

/** `labels export|import|verify`: verdicts with their history, out, in and checked. */
export function labelsCommand(): Command {
  return new Command('labels')
    .description('verdicts and their history: out, in, and checked')
    .addCommand(exportLabelsCommand())
    .addCommand(importLabelsCommand())
    .addCommand(verifyLabelsCommand());
}

function exportLabelsCommand(): Command {
  return createCommand('export', 'write the labels of a project and every event that led to them (.jsonl or .csv)')
    .argument('<file>')
    .requiredOption('--project <name>')
    .option('--replace', 'replace the file also where it is no labels file')
    .action((file: string, options: ProjectOptions & { readonly replace?: boolean }) =>
      execute(options, (io) =>
        readLibrary(options.library, async (library) => {
          const { writeLabelFile } = await import('../../../labels/write-label-file.ts');
          const projectId = await projectOf(library, options.project);
          const records = await writeLabelFile(library, projectId, {
            file,
            format: formatOf(file),
            replace: options.replace ?? false,
          });
          io.result({ file, records }, `wrote ${records} records to ${file}`);
        }),
      ),
    );
}

function importLabelsCommand(): Command {
  return createCommand('import', 'import labels that another library exported, with their history')
    .argument('<file>')
    .requiredOption('--project <name>')
    .action((file: string, options: ProjectOptions) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { importLabels } = await import('../../../labels/import-labels.ts');
          const { readLabelText } = await import('../../../labels/label-text.ts');
          const projectId = await projectOf(library, options.project);
          const text = await readLabelText(file);
          const imported = importLabels(library, projectId, text, formatOf(file));
          io.result(
            imported,
            `${imported.events} events imported for ${imported.pairs} pairs; ${imported.known} were there already`,
          );
        }),
      ),
    );
}

function verifyLabelsCommand(): Command {
  return createCommand('verify', 'check the label log: no event changed, missing or added')
    .option(
      '--head <hash>',
      'a head hash written down elsewhere (runs and certificates name one) that must be in the log',
    )
    .action((options: CommonOptions & { head?: string }) =>
      execute(options, (io) =>
        readLibrary(options.library, async (library) => {
          const { verifyChain } = await import('../../../labels/verify.ts');
          const { badInput } = await import('../../../../native-models/failure.ts');
          const { requireSound } = await import('../../../library/check-database.ts');
          requireSound(library);
          const { broken, events, head } = verifyChain(library, options.head ?? null);
          if (broken !== null)
            throw badInput(
              'label-log-broken',
              `The label log was changed: ${broken.message} Restore a backup from the folder backups ` +
                'of the library.',
              { ...broken },
            );
          io.result(
            { events, head: head.hash, intact: true },
            `the label log is intact: ${events} events, head ${head.hash}`,
          );
        }),
      ),
    );
}

async function projectOf(
  library: Parameters<typeof import('../../../projects/projects.ts').getProjectByName>[0],
  name: string,
): Promise<number> {
  const { getProjectByName } = await import('../../../projects/projects.ts');
  return getProjectByName(library, name).id;
}

function formatOf(file: string): LabelFileFormat {
  return file.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl';
}
