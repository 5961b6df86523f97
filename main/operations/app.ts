import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { ErrorHelp } from '../../preload/contract/operations/app.ts';
import { noticesText, readNotices } from '../notices/notices.ts';
import { aboutApp } from './about.ts';
import { readAppSettings, writeAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';
import { diagnosticsDocument } from './diagnostics.ts';

export function appHandlers(context: HandlerContext): Handlers['app'] {
  const { library, changes, desktop, appFolder } = context;
  return {
    about: () => aboutApp(context),
    settings: () => readAppSettings(library),
    saveSettings(settings) {
      writeAppSettings(library, settings);
      desktop?.setTheme(settings.theme);
      return settings;
    },
    errors: () => readErrorHelp(appFolder),
    notices: () => ({
      fileName: 'THIRD-PARTY-NOTICES.txt',
      mediaType: 'text/plain',
      text: noticesText(readNotices(appFolder)),
    }),
    diagnostics: () => diagnosticsDocument(context),
    menuFeed: (_, sink) => desktop?.menu.subscribe(sink) ?? (() => {}),
    changesFeed: (_, sink) => changes.subscribe(sink),
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
