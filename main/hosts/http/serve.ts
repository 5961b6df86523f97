import { join } from 'node:path';
import { openLibrary } from '../../library/library.ts';
import { readAssets } from '../assets.ts';
import { createDispatcher } from '../dispatch.ts';
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
  report(error: unknown, operation: string): void;
}

/**
 * Opens the library and serves the app in a browser until `close`. Throws what `openLibrary`, `readAssets` and
 * `startServeHost` throw.
 */
export async function serveApp(options: ServeAppOptions): Promise<ServeHost> {
  const assets = readAssets(options.rendererFolder);
  const library = openLibrary(options.libraryFolder);
  const pickedFiles = createPickedFiles();
  const background = createBackground();
  const handlers = createHandlers({
    library,
    pickedFiles,
    background,
    desktop: null,
    folders: createFolderPicker(options.allow, pickedFiles),
    appFolder: options.appFolder,
    report: options.report,
  });
  const dispatcher = createDispatcher(handlers, { desktop: false, report: options.report });
  try {
    const uploadFolder = join(options.libraryFolder, 'uploads');
    await removeOldUploads(uploadFolder);
    const host = await startServeHost({ dispatcher, assets, pickedFiles, uploadFolder, port: options.port, announce: options.announce });
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

/** What to tell the person: the address, and how to reach it from another computer. */
export function describeAddress(url: string): string {
  const { port } = new URL(url);
  return [
    `SafeDPO Studio is at ${url}`,
    `On a remote machine, run this on your own computer and open the same address there: ssh -L ${port}:127.0.0.1:${port} USER@THIS-MACHINE`,
    'The address works once; a new one is printed after it is used.',
  ].join('\n');
}
