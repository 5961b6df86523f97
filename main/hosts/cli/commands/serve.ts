import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand, wholeOption } from '../options.ts';

interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly allow?: readonly string[];
}

const appFolder = fileURLToPath(new URL('../../../../', import.meta.url));

/** `serve`: the app in a browser on this machine, until Ctrl-C. */
export function serveCommand(): Command {
  return createCommand('serve', 'the app in a browser on this machine; reach it from another one through SSH')
    .option('--port <number>', '0 takes any free port', wholeOption(0, 65_535), 0)
    .option('--allow <folder...>', 'folders the page may choose files from (default: your home folder)')
    .action((options: ServeOptions) =>
      execute(options, async (io) => {
        const { describeAddress } = await import('../../http/address.ts');
        const { serveApp } = await import('../../http/serve.ts');
        const { libraryChoice, libraryFolder } = await import('../../../library/folder.ts');
        const host = await serveApp({
          libraryFolder: libraryFolder(options.library),
          choice: libraryChoice(options.library),
          rendererFolder: fileURLToPath(new URL('../../../../out/renderer', import.meta.url)),
          appFolder,
          port: options.port,
          allow: options.allow ?? [homedir()],
          announce: (url) => io.result({ event: 'listening', url }, describeAddress(url)),
          report: (error, operation) => process.stderr.write(`${operation}: ${error instanceof Error ? error.message : String(error)}\n`),
        });
        await new Promise<void>((resolve) => {
          io.signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await host.close();
      }));
}
