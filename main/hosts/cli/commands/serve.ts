import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { endWithReader, execute, type CommonOptions } from '../io.ts';
import { createCommand, wholeOption } from '../options.ts';

interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly allow?: readonly string[];
}

/** Work that does not hear that it should end is left: the library is whole at every moment. */
const farewellMilliseconds = 1000;

const appFolder = fileURLToPath(new URL('../../../../', import.meta.url));

/** `serve`: the app in a browser on this machine, until Ctrl-C. */
export function serveCommand(): Command {
  return createCommand('serve', 'the app in a browser on this machine; reach it from another one through SSH')
    .option('--port <number>', '0 takes any free port', wholeOption(0, 65_535), 0)
    .option('--allow <folder...>', 'folders the page may choose files from (default: your home folder)')
    .action((options: ServeOptions) =>
      execute(options, async (io) => {
        const { describeAddress } = await import('../../http/address.ts');
        const { buildMissingRenderer } = await import('../../missing-renderer.ts');
        const { serveApp } = await import('../../http/serve.ts');
        const { endReaders, warmReader } = await import('../../../foreign/ask.ts');
        const { keepRunning } = await import('../../keep-running.ts');
        const { libraryChoice, libraryFolder } = await import('../../../library/folder.ts');
        // Its pages need it when the reader of its address is long gone.
        process.stdout.off('error', endWithReader);
        const tell = (error: unknown, where: string): void =>
          void process.stderr.write(`${where}: ${error instanceof Error ? error.message : String(error)}\n`);
        let report = tell;
        keepRunning((error, where) => report(error, where));
        const rendererFolder = fileURLToPath(new URL('../../../../out/renderer', import.meta.url));
        await buildMissingRenderer(appFolder, rendererFolder, (line) => io.progress(line, { always: true }));
        const host = await serveApp({
          libraryFolder: libraryFolder(options.library),
          choice: libraryChoice(options.library),
          rendererFolder,
          appFolder,
          port: options.port,
          allow: options.allow ?? [homedir()],
          announce: (url) => io.result({ event: 'listening', url }, describeAddress(url)),
          report: tell,
        });
        report = host.report;
        warmReader();
        await new Promise<void>((resolve) => {
          io.signal.addEventListener('abort', () => resolve(), { once: true });
          if (io.signal.aborted) resolve();
        });
        setTimeout(() => process.exit(130), farewellMilliseconds).unref();
        endReaders();
        await host.close();
      }),
    );
}
