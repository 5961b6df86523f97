import type { ImportedVerdict } from '../store/pairs.ts';
import type { SourceRow } from '../readers/row.ts';
import { cellAt, type Mapping } from './fields.ts';
import { isAbsent } from './missing.ts';
import { rejected, unreadable, type DatasetFormat, type ParsedRow } from './format.ts';
import { Problems } from './problems.ts';
import { unusedPromptChecker } from './prompt-columns.ts';
import type { Reading } from './reading.ts';
import { firstColumn, hasColumns } from './sample.ts';
import { ResponseShelf } from './response-shelf.ts';
import { takeApart } from './take-apart.ts';
import { readCategories, readUnsafe } from './verdicts.ts';

/**
 * Single responses with a verdict: BeaverTails (`prompt`, `response`, `is_safe`, `category`), WildGuardMix
 * (`response_harm_label`), Aegis 2.0 (`response_label`). A safe and an unsafe answer to one prompt become a pair, the
 * first safe one with the first unsafe one and so on, wherever they stand in the file; an answer without a counterpart
 * is rejected as such. Such data has no order of helpfulness, so the pair is a tie, not one that waits for a
 * preference: with exactly one safe response SafeDPO's transform gives safe over unsafe whatever the order. A is the
 * safe response. The pair's row is the row of its later response.
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
      prompt: 'prompt',
      responseA: 'response',
      ...(safeA === undefined ? { unsafeA: verdict } : { safeA }),
      ...(categoriesA === undefined ? {} : { categoriesA }),
    };
    return {
      reason:
        `single responses as in BeaverTails: columns prompt, response, ${verdict}; a safe and an unsafe ` +
        'answer to one prompt become a pair; no order of helpfulness is given, so they tie and the safe one is ' +
        'taken',
      mapping,
    };
  },
  parse: joinResponses,
};

async function* joinResponses(rows: AsyncIterable<SourceRow>, reading: Reading): AsyncGenerator<ParsedRow> {
  const { mapping } = reading;
  const checkUnused = unusedPromptChecker(reading);
  const shelf = new ResponseShelf();
  try {
    for await (const source of rows) {
      if ('issue' in source) {
        yield unreadable(source);
        continue;
      }
      const problems = new Problems(source.row, source.line);
      const prompt = readPrompt(source.value, mapping.prompt ?? '', reading, problems);
      const response = readPlainText(source.value, mapping.responseA ?? '', reading, problems);
      const verdict = readVerdict(source.value, reading, problems);
      if (prompt !== null && response !== null)
        checkUnused(source.value, { prompt: [{ role: 'user', content: prompt }], a: response, b: response }, problems);
      if (prompt === null || response === null || verdict.unsafe === null || problems.issues.length > 0) {
        yield rejected(source, problems.issues);
        continue;
      }
      shelf.put(prompt, { row: source.row, line: source.line, response, verdict });
    }
    for (const { prompt, safe, unsafe } of shelf.pairs()) {
      yield {
        pair: {
          row: Math.max(safe.row, unsafe.row),
          prompt: [{ role: 'user', content: prompt }],
          responses: { a: safe.response, b: unsafe.response },
          preferred: 'tie',
          safer: 'a',
          verdicts: { a: safe.verdict, b: unsafe.verdict },
          split: null,
        },
      };
    }
    for (const { prompt, single } of shelf.singles()) {
      const problems = new Problems(single.row, single.line);
      const other = single.verdict.unsafe === true ? 'safe' : 'unsafe';
      problems.add('no-counterpart', '', `there is no ${other} answer to the same prompt left to pair this one with.`);
      yield {
        rejected: {
          row: single.row,
          issues: problems.issues,
          raw: JSON.stringify({ prompt, response: single.response }),
        },
      };
    }
  } finally {
    shelf.close();
  }
}

function readVerdict(
  value: Readonly<Record<string, unknown>>,
  { mapping, meanings }: Reading,
  problems: Problems,
): ImportedVerdict {
  const field = mapping.unsafeA === undefined ? 'safeA' : 'unsafeA';
  const column = mapping[field] ?? '';
  const unsafe = readUnsafe(cellAt(value, column), column, field, meanings, problems);
  if (unsafe === null && problems.issues.length === 0)
    problems.add('missing-verdict', column, 'a single response without a verdict cannot be paired. Fill it in.');
  const categories = mapping.categoriesA;
  // Aegis writes its categories in one text with commas; BeaverTails has commas inside the names.
  const joined = categories === 'violated_categories';
  return {
    unsafe,
    severity: null,
    categories: categories === undefined ? [] : readCategories(cellAt(value, categories), categories, problems, joined),
  };
}

/** Aegis leaves out prompts that it may not publish; answers to different ones must not be joined. */
function readPrompt(
  value: Readonly<Record<string, unknown>>,
  column: string,
  reading: Reading,
  problems: Problems,
): string | null {
  const prompt = readPlainText(value, column, reading, problems);
  if (prompt?.trim() !== 'REDACTED') return prompt;
  return problems.add(
    'redacted-prompt',
    column,
    'the prompt was taken out of the data set ("REDACTED"), so nobody can tell what was asked. Rebuild it ' +
      'from its source, or leave the row out.',
  );
}

function readPlainText(
  row: Readonly<Record<string, unknown>>,
  column: string,
  { rendered }: Reading,
  problems: Problems,
): string | null {
  const value = cellAt(row, column);
  if (isAbsent(value))
    return problems.add('missing-field', column, 'there is no value. Fill it in, or map another column.');
  if (typeof value !== 'string') return problems.add('wrong-type', column, 'expected text.');
  if (!value.isWellFormed())
    return problems.add('lone-surrogate', column, 'the text holds half of a UTF-16 pair, which no tokenizer can read.');
  if (value.trim() === '')
    return problems.add(column === 'prompt' ? 'empty-prompt' : 'empty-response', column, 'the text is empty.');
  const text = takeApart(value, column, rendered, problems);
  if (text === null || typeof text === 'string') return text;
  const [only, end] = text;
  if (only !== undefined && (end === undefined || end.content === '') && text.length <= 2) return only.content;
  return problems.add(
    'rendered-text-unreadable',
    column,
    'the text holds a whole conversation; single responses are paired by one question. Keep such texts as ' +
      'they are, or leave the row out.',
  );
}
