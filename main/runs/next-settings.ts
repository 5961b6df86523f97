import { upgradeSettings } from '../../native-models/protocol/run-folder/older-settings.ts';
import { trainSettingsSchema } from '../../native-models/vocabulary/settings-schema.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import { readValue, removeValue, writeValue } from '../library/key-values.ts';
import type { Library } from '../library/library.ts';

/** The settings that a project's next run starts from, as a person left them. */

const keyOf = (projectId: number): string => `train-settings/${projectId}`;

/** `null` where nobody has saved any. */
export function readNextSettings(library: Library, projectId: number): TrainSettings | null {
  const stored = readValue(library, keyOf(projectId));
  return stored === undefined ? null : trainSettingsSchema.parse(upgradeSettings(stored));
}

export function saveNextSettings(library: Library, projectId: number, settings: TrainSettings): void {
  writeValue(library, keyOf(projectId), settings);
}

export function forgetNextSettings(library: Library, projectId: number): void {
  removeValue(library, keyOf(projectId));
}
