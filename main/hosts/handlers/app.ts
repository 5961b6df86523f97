import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { appSettings, type AboutView, type AppSettings, type ErrorHelp } from '../../../preload/contract/operations/app.ts';
import type { Handlers } from '../../../preload/contract/contract.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import type { HandlerContext } from './context.ts';
import { needDesktop } from './files.ts';

const settingsKey = 'app';

export function appHandlers({ library, desktop, appFolder }: HandlerContext): Handlers['app'] {
  return {
    about: () => about(library, desktop === null ? 'serve' : 'electron', appFolder),
    settings: () => readAppSettings(library),
    saveSettings(settings) {
      library.db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(settingsKey, JSON.stringify(settings));
      desktop?.setTheme(settings.theme);
      return settings;
    },
    errors: () => readErrorHelp(appFolder),
    menuFeed: (_, sink) => desktop?.menu.subscribe(sink) ?? (() => {}),
    async openLink({ link }) {
      await needDesktop(desktop).openLink(link);
      return null;
    },
  };
}

const storedSettings = oncePerLibrary(({ db }) => db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck());

/** The saved settings over the defaults; a library without any gives the defaults. */
export function readAppSettings(library: Library): AppSettings {
  const defaults: AppSettings = { theme: 'system', singleKeyShortcuts: true, shortcuts: {}, reviewerName: userInfo().username, checkpointsKept: 2, notifyWhenRunEnds: true };
  const stored = storedSettings(library).get(settingsKey);
  if (stored === undefined) return defaults;
  return appSettings.parse({ ...defaults, ...z.record(z.string(), z.unknown()).parse(JSON.parse(stored)) });
}

const packageFile = z.object({ version: z.string(), license: z.string(), dependencies: z.record(z.string(), z.string()) });

function about(library: Library, host: AboutView['host'], appFolder: string): AboutView {
  const app = packageFile.parse(JSON.parse(readFileSync(join(appFolder, 'package.json'), 'utf8')));
  return {
    version: app.version,
    host,
    platform: `${process.platform}-${process.arch}`,
    libraryFolder: library.dir,
    versions: Object.fromEntries(Object.entries({ node: process.versions.node, ...app.dependencies, electron: process.versions['electron'] ?? 'none' })),
    licences: [{ name: 'SafeDPO Studio', licence: app.license }],
  };
}

/** The table of docs/errors.md, so that the app and the documents never say different things. */
function readErrorHelp(appFolder: string): ErrorHelp[] {
  const lines = readFileSync(join(appFolder, 'docs/errors.md'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, code, meaning, whatToDo] = line.split('|').map((cell) => cell.trim());
    const isRow = code !== undefined && /^`?[a-z0-9]+(-[a-z0-9]+)*`?$/.test(code);
    return isRow ? [{ code: code.replaceAll('`', ''), meaning: meaning ?? '', whatToDo: whatToDo ?? '' }] : [];
  });
}
