import { join } from 'node:path';
import type { LibraryChoice } from '../../library/folder.ts';
import { createAllowedFolders } from '../../dispatch/allowed-folders.ts';
import { readAssets } from '../assets.ts';
import { createErrorLog } from '../../diagnostics/error-log.ts';
import { createPickedFiles } from '../../dispatch/picked-files.ts';
import { openServices } from '../../operations/services.ts';
import { createFolderPicker } from './folder-picker.ts';
import { startServeHost, type ServeHost } from './serve-host.ts';
import { removeOldUploads } from './upload.ts';

export interface ServeAppOptions {
  readonly libraryFolder: string;
  readonly choice: LibraryChoice;
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

/** The served app; `report` writes an error of the app itself into its log. */
export interface ServedApp extends ServeHost {
  report(error: unknown, where: string): void;
}

/**
 * Opens the library and serves the app in a browser until `close`. Throws what `openServices`, `readAssets`,
 * `createAllowedFolders` and `startServeHost` throw.
 */
export async function serveApp({
  libraryFolder,
  choice,
  rendererFolder,
  appFolder,
  port,
  allow,
  announce,
  report,
}: ServeAppOptions): Promise<ServedApp> {
  const assets = readAssets(rendererFolder);
  const allowed = createAllowedFolders(allow);
  const pickedFiles = createPickedFiles(allowed);
  const folders = createFolderPicker(allowed, pickedFiles);
  const services = openServices(
    {
      choice,
      appFolder,
      pickedFiles,
      desktop: null,
      folders,
      openLog: (folder) => createErrorLog(join(folder, 'logs')),
      report,
    },
    libraryFolder,
  );
  const uploadFolder = (): string => join(services.libraryFolder, 'uploads');
  try {
    await removeOldUploads(uploadFolder());
    const host = await startServeHost({
      dispatcher: services.dispatcher,
      assets,
      pickedFiles,
      uploadFolder,
      port,
      announce,
      report: services.report,
    });
    return {
      port: host.port,
      report: services.report,
      async close() {
        await host.close();
        await services.close();
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}
