import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';

/** `verify DIR`: checks an exported folder against its certificate. */
export function verifyCommand(): Command {
  return createCommand(
    'verify',
    'check every file of an exported folder against its certificate; needs no network and no library',
  )
    .argument('<folder>')
    .action((folder: string, options: CommonOptions) =>
      execute(options, async (io) => {
        const { verifyExport } = await import('../../../exports/verify.ts');
        const verified = await verifyExport(folder);
        const { run, files, bytes, added, certificateSha256 } = verified;
        io.result(
          { verified: true, ...verified },
          [
            `${folder} holds what run ${run} exported: ${files} files, ${bytes} bytes, all hashes match.`,
            ...(added.length === 0
              ? []
              : [`The folder also holds files that the export did not write: ${added.join(', ')}.`]),
            'The certificate is a checksum, not a signature: it shows that these are the exported files, ' +
              `not who made them. Its own SHA-256, to compare with what their maker says: ${certificateSha256}`,
          ].join('\n'),
        );
      }),
    );
}
