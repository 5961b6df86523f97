import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { failed } from '../../native-models/failure.ts';

export interface Asset {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** The built interface: address path (`/assets/index-1a2b.js`) to content. What is not in it does not exist. */
export type Assets = ReadonlyMap<string, Asset>;

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['ico', 'image/x-icon'],
  ['woff2', 'font/woff2'],
  ['json', 'application/json'],
]);

/**
 * Reads every file of the built renderer once. Requests are looked up in this table and never become a path,
 * so there is nothing to traverse. Throws `renderer-not-built` when the folder holds no index.html, and
 * `renderer-file-type` for a file of a kind the interface does not use (a map or a stray file must not be served).
 */
export function readAssets(folder: string): Assets {
  const assets = new Map<string, Asset>();
  for (const file of listFiles(folder)) {
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    const mediaType = mediaTypes.get(path.slice(path.lastIndexOf('.') + 1));
    if (mediaType === undefined)
      throw failed('renderer-file-type', `${file}: a file of this type does not belong to the built interface.`, {
        file,
      });
    assets.set(path, { bytes: readFileSync(file), mediaType });
  }
  const index = assets.get('/index.html');
  if (index === undefined)
    throw failed('renderer-not-built', `${folder} holds no built interface (index.html). Run "npm run build" first.`, {
      folder,
    });
  assets.set('/', index);
  return assets;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    throw failed(
      'renderer-not-built',
      `${folder} cannot be read. Run "npm run build" first.`,
      { folder },
      { cause: error },
    );
  }
}
