import type { NewPair } from '../store/pairs.ts';
import { parseEachRow, type DatasetFormat, type RowParser } from './format.ts';
import type { Mapping } from './fields.ts';
import { mappedRow } from './mapped-row.ts';
import { shown } from './problems.ts';
import { promptParts } from './prompt-parts.ts';
import type { Reading } from './reading.ts';
import { hasColumns, mostRows, type Sample } from './sample.ts';

const responses: Mapping = { chosen: 'response.0', rejected: 'response.1' };

/**
 * `prompt` and `response: [safe, unsafe]`, as realignment code writes PKU-SafeRLHF rows with exactly one safe answer:
 * the place in the list is the verdict. LLaMA-Factory's ranked lists look the same but say nothing about safety;
 * for those choose `ranked-list`.
 */
export const safeUnsafeList: DatasetFormat = {
  name: 'safe-unsafe-list',
  detect(sample) {
    if (!isList(sample)) return null;
    return {
      reason:
        'response is a list of two texts, read as [safe, unsafe]; if it means [chosen, rejected] without ' +
        'safety verdicts, choose the format ranked-list',
      mapping: { ...promptParts(sample).mapping, ...responses },
    };
  },
  parse: (rows, reading) => parseEachRow(rows, withVerdicts(listRow(reading))),
};

/** `prompt` and `response: [chosen, rejected]` without safety verdicts. Never detected, only chosen: see above. */
export const rankedList: DatasetFormat = {
  name: 'ranked-list',
  detect: (sample) =>
    isList(sample)
      ? {
          reason: 'response is a list of two texts, read as [chosen, rejected]; the pairs wait for verdicts',
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
