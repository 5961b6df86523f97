import { basename } from 'node:path';
import { z } from 'zod';
import type { DatasetPreview } from '../../preload/contract/operations/datasets.ts';
import type { JsonValue } from '../../preload/contract/views.ts';
import { mappingFields } from './formats/fields.ts';
import type { DecidedField } from './formats/decide.ts';
import { meaningsOf } from './formats/meanings.ts';
import { previewDataset, type PreviewOptions, type PreviewRow } from './preview.ts';
import type { ImportedVerdict, NewPair } from './store/pairs.ts';

type PreviewedRow = DatasetPreview['rows'][number];

/** The preview of a file in the contract's words: one issue a row, labels in place of imported verdicts. */
export async function previewFile(path: string, choice: PreviewOptions): Promise<DatasetPreview> {
  const { columns, format, reason, formats, mapping, unusedColumns, values, surveyed, renderedWith, rows } =
    await previewDataset(path, choice);
  return {
    fileName: basename(path),
    columns: columns.map(({ name }) => name),
    format,
    formatReason: reason,
    formats,
    fields: mappingFields.map((name) => ({ name, meaning: meanings[name], required: name === 'prompt' })),
    mapping: Object.fromEntries(Object.entries(mapping).map(([field, column]) => [field, String(column)])),
    unusedColumns,
    values: values.map(valueMeanings),
    surveyed,
    renderedWith,
    rows: rows.map(previewedRow),
  };
}

function valueMeanings({
  field,
  column,
  counts,
  meanings: known,
  unclear,
}: DecidedField): DatasetPreview['values'][number] {
  const found = [...counts].map(([value, rows]) => ({ value, rows, meaning: known.get(value) ?? null }));
  return { field, column, choices: meaningsOf(field), values: found, unclear };
}

const meanings: { readonly [Field in (typeof mappingFields)[number]]: string } = {
  prompt: 'What was asked: text, or a list of messages',
  input: 'Text after the prompt, in a new line',
  context: 'Text before the prompt, with a blank line between',
  history: 'Earlier turns: messages, or lists of question and answer',
  system: 'The system message before the prompt',
  responseA: 'The first response',
  responseB: 'The second response',
  chosen: 'The preferred response',
  rejected: 'The other response',
  preferred: 'Which response is more helpful',
  status: 'The word “tie” where neither is more helpful',
  safer: 'Which response is safer',
  unsafeA: 'Whether the first response is unsafe',
  unsafeB: 'Whether the second response is unsafe',
  safeA: 'Whether the first response is safe',
  safeB: 'Whether the second response is safe',
  chosenUnsafe: 'Whether the preferred response is unsafe',
  rejectedUnsafe: 'Whether the other response is unsafe',
  chosenSafe: 'Whether the preferred response is safe',
  rejectedSafe: 'Whether the other response is safe',
  categoriesA: 'Harm categories of the first response',
  categoriesB: 'Harm categories of the second response',
  severityA: 'Severity of the first response, 0 to 3',
  severityB: 'Severity of the second response, 0 to 3',
  sha256A: 'Hash of the first response',
  sha256B: 'Hash of the second response',
};

function previewedRow({ row, source, pair, issues }: PreviewRow): PreviewedRow {
  const [issue] = issues;
  return {
    row,
    source: jsonObject(source),
    pair: pair === null ? null : pairView(pair),
    issue:
      issue === undefined
        ? null
        : { field: issue.field === '' ? null : issue.field, code: issue.code, message: issue.message },
  };
}

function pairView({ row, prompt, responses, preferred, verdicts }: NewPair): NonNullable<PreviewedRow['pair']> {
  const label = (verdict: ImportedVerdict) => ({
    ...verdict,
    source: verdict.unsafe === null ? null : ('imported' as const),
    note: '',
  });
  return { row, prompt, responses, preferred, labels: { a: label(verdicts.a), b: label(verdicts.b) } };
}

/** Cells as they cross the wire; Parquet's big integers and dates become text. */
function jsonObject(source: Readonly<Record<string, unknown>>): { readonly [column: string]: JsonValue } {
  const text = JSON.stringify(source, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return z.record(z.string(), z.json()).parse(JSON.parse(text));
}
