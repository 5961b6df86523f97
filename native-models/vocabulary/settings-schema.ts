import { z } from 'zod';
import type { Bounds, SettingRow } from './setting-row.ts';
import { type RunSettings, type TrainSettings, settingNames, settingRow } from './settings.ts';

/** Numbers within bounds. */
export const numberSchema = ({ min, max }: Bounds): z.ZodNumber => z.number().min(min).max(max);
/** Whole numbers within bounds. */
export const wholeSchema = ({ min, max }: Bounds): z.ZodNumber => z.int().min(min).max(max);

/** What a value of a setting with this row has to be. */
export function valueSchema(row: SettingRow): z.ZodType {
  switch (row.kind) {
    case 'number':
      return numberSchema(row);
    case 'whole':
      return wholeSchema(row);
    case 'choice':
      return z.enum(row.options);
    case 'switch':
      return z.boolean();
    case 'keptLayers':
      return z.union([z.literal(['auto', 'all']), wholeSchema(row)]);
    case 'adapter':
      return z
        .strictObject({
          rank: wholeSchema(row.rank),
          alpha: numberSchema(row.alpha),
          targets: z.array(z.string().min(1).max(60)).max(60),
        })
        .nullable();
  }
}

/** What a value is by its kind, within no bounds but those of counting: a run folder holds what was once allowed. */
function kindSchema(row: SettingRow): z.ZodType {
  if (row.kind === 'number') return z.number();
  if (row.kind === 'whole') return z.int().min(Math.min(row.min, 1));
  if (row.kind === 'keptLayers') return z.union([z.literal('all'), z.int().min(1)]);
  if (row.kind !== 'adapter') return valueSchema(row);
  return z.object({ rank: z.int().min(1), alpha: z.number(), targets: z.array(z.string()) }).nullable();
}

const fields = (schemaOf: (row: SettingRow) => z.ZodType): Record<string, z.ZodType> =>
  Object.fromEntries(settingNames.map((name) => [name, schemaOf(settingRow(name))]));

/** Every setting of a run, within its bounds, and nothing else. Its type is the table's. */
export const trainSettingsSchema = z.strictObject(fields(valueSchema)).pipe(z.custom<TrainSettings>());

/** The settings of a run that was planned, as its folder holds them; what a later version added is left out. */
export const runSettingsSchema = z.object(fields(kindSchema)).pipe(z.custom<RunSettings>());
