import { join } from 'node:path';
import { openLibraryAlone } from '../../library/library-holder.ts';
import { readAssets } from '../assets.ts';
import { createChanges, tell } from '../changes.ts';
import { createDispatcher } from '../dispatch.ts';
import { createErrorLog } from '../error-log.ts';
import { createBackground } from '../handlers/background.ts';
import { createHandlers } from '../handlers/handlers.ts';
import { createPickedFiles } from '../picked-files.ts';
import { createFolderPicker } from './folder-picker.ts';
import { startServeHost, type ServeHost } from './serve-host.ts';
import { removeOldUploads } from './upload.ts';

export interface ServeAppOptions {
  readonly libraryFolder: string;
  /** The built renderer. */
  readonly rendererFolder: string;
  /** Where docs/errors.md and package.json lie. */
  readonly appFolder: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Folders the page may choose files from. */
  readonly allow: readonly string[];
  announce(url: string): void;
  /** Hears errors of the app itself, which are also kept in the library's `logs/`. */
  report(error: unknown, operation: string): void;
}

/**
 * Opens the library and serves the app in a browser until `close`. Throws what `openLibraryAlone`, `readAssets`,
 * `createFolderPicker` and `startServeHost` throw.
 */
export async function serveApp(options: ServeAppOptions): Promise<ServeHost> {
  const assets = readAssets(options.rendererFolder);
  const pickedFiles = createPickedFiles();
  const folders = createFolderPicker(options.allow, pickedFiles);
  const library = openLibraryAlone(options.libraryFolder);
  const background = createBackground();
  const changes = createChanges();
  const log = createErrorLog(join(library.dir, 'logs'));
  const report = (error: unknown, operation: string): void => {
    log.write(error, operation);
    options.report(error, operation);
  };
  try {
    const handlers = createHandlers({ library, pickedFiles, background, changes, desktop: null, folders, appFolder: options.appFolder, report, recentLog: () => log.tail() });
    const dispatcher = createDispatcher(handlers, { desktop: false, report, commanded: (operation) => tell(changes, operation) });
    const uploadFolder = join(options.libraryFolder, 'uploads');
    await removeOldUploads(uploadFolder);
    const host = await startServeHost({ dispatcher, assets, pickedFiles, uploadFolder, port: options.port, announce: options.announce, report });
    return {
      port: host.port,
      async close() {
        await host.close();
        await background.close();
        library.close();
      },
    };
  } catch (error) {
    library.close();
    throw error;
  }
}
