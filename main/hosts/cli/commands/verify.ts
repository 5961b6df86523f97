import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';

/** `verify DIR`: checks an exported folder against its certificate. */
export function verifyCommand(): Command {
  return createCommand('verify', 'check every file of an exported folder against its certificate; needs no network and no library')
    .argument('<folder>')
    .action((folder: string, options: CommonOptions) =>
      execute(options, async (io) => {
        const { verifyExport } = await import('../../../exports/certificate.ts');
        const verified = await verifyExport(folder);
        io.result({ verified: true, ...verified }, `${folder} is what run ${verified.run} exported: ${verified.files} files, ${verified.bytes} bytes, all hashes match`);
      }));
}
