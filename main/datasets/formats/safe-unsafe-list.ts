import type { NewPair } from '../store/pairs.ts';
import { parseEachRow, type DatasetFormat, type RowParser } from './format.ts';
import { isRefusal } from '../../../native-models/text/refusal.ts';
import { cellAt, type Mapping } from './fields.ts';
import { mappedRow } from './mapped-row.ts';
import { shown } from './problems.ts';
import { promptParts } from './prompt-parts.ts';
import type { Reading } from './reading.ts';
import { hasColumns, mostRows, readableRows, type Sample } from './sample.ts';

const responses: Mapping = { chosen: 'response.0', rejected: 'response.1' };

/**
 * `prompt` and `response: [safe, unsafe]`, as realignment code writes PKU-SafeRLHF rows with exactly one safe answer:
 * the place in the list is the verdict. LLaMA-Factory's ranked lists look the same but say nothing about safety, so a
 * list is taken for this only where its first texts refuse more often than its second; a person may choose it for any.
 */
export const safeUnsafeList: DatasetFormat = {
  name: 'safe-unsafe-list',
  detect(sample) {
    if (!isList(sample)) return null;
    const [first, second] = [refusals(sample, 'response.0'), refusals(sample, 'response.1')];
    return {
      reason:
        `the column "response" is a list of two texts, read as [safe, unsafe]: of the first rows, ${first} refuse in ` +
        `the first text and ${second} in the second. If it means [chosen, rejected] without safety verdicts, choose ` +
        'the format ranked-list',
      mapping: { ...promptParts(sample).mapping, ...responses },
      doubtful: first <= second,
    };
  },
  parse: (rows, reading) => parseEachRow(rows, withVerdicts(listRow(reading))),
};

/** `prompt` and `response: [chosen, rejected]` without safety verdicts. */
export const rankedList: DatasetFormat = {
  name: 'ranked-list',
  detect: (sample) =>
    isList(sample)
      ? {
          reason:
            'the column "response" is a list of two texts, read as [chosen, rejected], and the pairs wait for ' +
            'verdicts. If the first text is always the safe one and the second the unsafe one, choose the format ' +
            'safe-unsafe-list',
          mapping: { ...promptParts(sample).mapping, ...responses },
        }
      : null,
  parse: (rows, reading) => parseEachRow(rows, listRow(reading)),
};

function isList(sample: Sample): boolean {
  return (
    hasColumns(sample, 'prompt', 'response') &&
    mostRows(sample, (cell) => Array.isArray(cell('response')) && typeof cell('response.0') === 'string')
  );
}

function refusals(sample: Sample, column: string): number {
  return readableRows(sample.rows).filter(({ value }) => {
    const text = cellAt(value, column);
    return typeof text === 'string' && isRefusal(text);
  }).length;
}

function listRow(reading: Reading): RowParser {
  const parse = mappedRow(reading);
  return (row, problems) => {
    const list = row.value['response'];
    if (!Array.isArray(list) || list.length !== 2)
      return problems.add('wrong-type', 'response', `found ${shown(list)}; expected a list of two responses.`);
    return parse(row, problems);
  };
}

function withVerdicts(parse: RowParser): RowParser {
  return (row, problems): NewPair | null => {
    const pair = parse(row, problems);
    if (pair === null) return null;
    return {
      ...pair,
      verdicts: {
        a: { unsafe: false, severity: null, categories: [] },
        b: { unsafe: true, severity: null, categories: [] },
      },
    };
  };
}
