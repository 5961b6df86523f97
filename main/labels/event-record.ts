import { eventHash } from './chain.ts';
import { fieldValue } from './field-value.ts';
import type { FieldValue } from './field-value.ts';
import type { EventRecord } from './label-file.ts';

/** Why an event of a labels file is not the one that its library logged; `null` when it is. */
export function changedSince(record: EventRecord): string | null {
  const { hash, project, dataset, previous, ...fields } = record;
  if (eventHash({ ...fields, projectId: project, datasetId: dataset, previousHash: previous }) === hash) return null;
  return (
    `the event of ${record.reviewer} at ${record.at} was changed after it was logged: its hash does not match ` +
    'what it says'
  );
}

/** The change an event of a labels file makes, or why its value cannot be one. */
export function changeOf({ field, side, ...record }: EventRecord): FieldValue | string {
  try {
    const parsed = fieldValue.safeParse({ field, side, value: JSON.parse(record.new) });
    return parsed.success ? parsed.data : parsed.error.issues.map((issue) => `new: ${issue.message}`).join('; ');
  } catch (error) {
    return `new: ${error instanceof Error ? error.message : String(error)}`;
  }
}
