import { userInfo } from 'node:os';
import { z } from 'zod';
import { appSettings, type AppSettings } from '../../preload/contract/operations/app.ts';
import type { Library } from './library.ts';
import { readValue, writeValue } from './key-values.ts';

const key = 'app';

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
  const stored = readValue(library, key);
  if (stored === undefined) return defaults;
  return appSettings.parse({ ...defaults, ...z.record(z.string(), z.unknown()).parse(stored) });
}

export function writeAppSettings(library: Library, settings: AppSettings): void {
  writeValue(library, key, settings);
}
