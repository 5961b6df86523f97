import type { ImportedVerdict } from '../../library/pairs.ts';
import type { SourceRow } from '../readers/row.ts';
import { cellAt, type Mapping } from './fields.ts';
import { rejected, unreadable, type DatasetFormat, type ParsedRow } from './format.ts';
import { Problems } from './problems.ts';
import { firstColumn, hasColumns } from './sample.ts';
import { ResponseShelf } from './response-shelf.ts';
import { readCategories, readUnsafe } from './verdicts.ts';

/**
 * Single responses with a verdict: BeaverTails (`prompt`, `response`, `is_safe`, `category`), WildGuardMix
 * (`response_harm_label`), Aegis 2.0 (`response_label`). A safe and an unsafe answer to one prompt become a pair, the
 * first safe one with the first unsafe one and so on, wherever they stand in the file; an answer without a counterpart
 * is rejected as such. Such data has no order of helpfulness, so the pair is a tie, not one that waits for a preference:
 * with exactly one safe response SafeDPO's transform gives safe over unsafe whatever the order. A is the safe response. The pair's row is the row of its later response.
 */
export const singleResponses: DatasetFormat = {
  name: 'single-responses',
  detect(sample) {
    if (!hasColumns(sample, 'prompt', 'response') || hasColumns(sample, 'chosen')) return null;
    const safeA = firstColumn(sample, ['is_safe', 'is_response_safe', 'safe']);
    const unsafeA = firstColumn(sample, ['response_harm_label', 'response_label', 'is_unsafe', 'unsafe']);
    const verdict = safeA ?? unsafeA;
    if (verdict === undefined) return null;
    const categoriesA = firstColumn(sample, ['category', 'violated_categories', 'subcategory']);
    const mapping: Mapping = {
      prompt: 'prompt', responseA: 'response', ...(safeA === undefined ? { unsafeA: verdict } : { safeA }), ...(categoriesA === undefined ? {} : { categoriesA }),
    };
    return { reason: `single responses as in BeaverTails: columns prompt, response, ${verdict}; a safe and an unsafe answer to one prompt become a pair; no order of helpfulness is given, so they tie and the safe one is taken`, mapping };
  },
  parse: joinResponses,
};

async function* joinResponses(rows: AsyncIterable<SourceRow>, mapping: Mapping): AsyncGenerator<ParsedRow> {
  const shelf = new ResponseShelf();
  try {
    for await (const source of rows) {
      if ('issue' in source) {
        yield unreadable(source);
        continue;
      }
      const problems = new Problems(source.row, source.line);
      const prompt = readPlainText(cellAt(source.value, mapping.prompt ?? ''), mapping.prompt ?? '', problems);
      const response = readPlainText(cellAt(source.value, mapping.responseA ?? ''), mapping.responseA ?? '', problems);
      const verdict = readVerdict(source.value, mapping, problems);
      if (prompt === null || response === null || verdict.unsafe === null || problems.issues.length > 0) {
        yield rejected(source, problems.issues);
        continue;
      }
      shelf.put(prompt, { row: source.row, line: source.line, response, verdict });
    }
    for (const { prompt, safe, unsafe } of shelf.pairs()) {
      yield {
        pair: {
          row: Math.max(safe.row, unsafe.row), prompt: [{ role: 'user', content: prompt }], responses: { a: safe.response, b: unsafe.response },
          preferred: 'tie', safer: 'a', verdicts: { a: safe.verdict, b: unsafe.verdict }, split: null,
        },
      };
    }
    for (const { prompt, single } of shelf.singles()) {
      const problems = new Problems(single.row, single.line);
      const other = single.verdict.unsafe === true ? 'safe' : 'unsafe';
      problems.add('no-counterpart', '', `there is no ${other} answer to the same prompt left to pair this one with.`);
      yield { rejected: { row: single.row, issues: problems.issues, raw: JSON.stringify({ prompt, response: single.response }) } };
    }
  } finally {
    shelf.close();
  }
}

function readVerdict(value: Readonly<Record<string, unknown>>, mapping: Mapping, problems: Problems): ImportedVerdict {
  const column = mapping.unsafeA ?? mapping.safeA ?? '';
  const unsafe = readUnsafe(cellAt(value, column), column, mapping.unsafeA === undefined, problems);
  if (unsafe === null && problems.issues.length === 0) problems.add('missing-verdict', column, 'a single response without a verdict cannot be paired. Fill it in.');
  const categories = mapping.categoriesA === undefined ? [] : readCategories(cellAt(value, mapping.categoriesA), mapping.categoriesA, problems);
  return { unsafe, severity: null, categories };
}

function readPlainText(value: unknown, column: string, problems: Problems): string | null {
  if (value === undefined || value === null) return problems.add('missing-field', column, 'there is no value. Fill it in, or map another column.');
  if (typeof value !== 'string') return problems.add('wrong-type', column, 'expected text.');
  if (!value.isWellFormed()) return problems.add('lone-surrogate', column, 'the text holds half of a UTF-16 pair, which no tokenizer can read.');
  if (value.trim() === '') return problems.add(column === 'prompt' ? 'empty-prompt' : 'empty-response', column, 'the text is empty.');
  return value;
}
