import { userInfo } from 'node:os';
import { z } from 'zod';
import { appSettings, type AppSettings } from '../../preload/contract/operations/app.ts';
import type { Library } from './library.ts';
import { oncePerLibrary } from './once-per-library.ts';

const settingsKey = 'app';
const storedSettings = oncePerLibrary(({ db }) =>
  db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck(),
);

/** The saved settings over the defaults; a library without any gives the defaults. */
export function readAppSettings(library: Library): AppSettings {
  const defaults: AppSettings = {
    theme: 'system',
    singleKeyShortcuts: true,
    shortcuts: {},
    reviewerName: userInfo().username,
    checkpointsKept: 2,
    notifyWhenRunEnds: true,
  };
  const stored = storedSettings(library).get(settingsKey);
  if (stored === undefined) return defaults;
  return appSettings.parse({ ...defaults, ...z.record(z.string(), z.unknown()).parse(JSON.parse(stored)) });
}

export function writeAppSettings(library: Library, settings: AppSettings): void {
  library.db
    .prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
    .run(settingsKey, JSON.stringify(settings));
}
