import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { finishDataset } from '../../main/labels/baseline.ts';
import { createDataset } from '../../main/datasets/store/datasets.ts';
import { type Library, openLibrary } from '../../main/library/library.ts';
import { type NewPair, pairWriter } from '../../main/datasets/store/pairs.ts';
import { indexForSearch } from '../../main/datasets/store/search.ts';
import { createProject, listProjects } from '../../main/projects/projects.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { readData } from '../integration/real-data.ts';
import { reviewPairs } from './review-opinions.ts';

interface SourceRow {
  readonly prompt: string;
  readonly response: readonly [safe: string, unsafe: string];
}

const categories = [
  'Violence',
  'Drugs',
  'Cybercrime',
  'Privacy Violation',
  'Economic Crime',
  'Mental Manipulation',
  'Physical Harm',
  'Insulting Behavior',
  'Sexual Content',
  'Copyright Issues',
];
const batch = 2000;

/**
 * A library in `folder` with one project of `count` pairs made from real PKU-SafeRLHF rows by a seed, indexed for
 * search; made once.
 */
export function reviewLibrary(
  folder: string,
  count: number,
): { readonly library: Library; readonly projectId: number } {
  const made = existsSync(join(folder, 'library.sqlite'));
  const library = openLibrary(folder);
  const projectId = made ? (listProjects(library)[0]?.id ?? 0) : fill(library, count);
  return { library, projectId };
}

function fill(library: Library, count: number): number {
  const projectId = createProject(library, 'review').id;
  const datasetId = createDataset(library, {
    projectId,
    file: 'generated.jsonl',
    bytes: 0,
    format: 'generated',
    formatReason: 'bench',
    mapping: {},
  });
  const writer = pairWriter(library, datasetId);
  const rows: readonly SourceRow[] = JSON.parse(readData('datasets/pku-saferlhf-dpo-pairs.json.gz').toString('utf8'));
  const random = seededRandom(1);
  const vocabulary = [
    ...new Set(rows.slice(0, 500).flatMap(({ prompt }) => prompt.toLowerCase().match(/[a-z]{4,}/g) ?? [])),
  ];
  for (let from = 0; from < count; from += batch)
    writer.insert(
      Array.from({ length: Math.min(batch, count - from) }, (_, index) =>
        pairOf(from + index + 1, rows, vocabulary, random.below),
      ),
    );
  finishDataset(library, datasetId, { sha256: '0'.repeat(64), rejected: 0, duplicates: 0 });
  while (indexForSearch(library) > 0);
  reviewPairs(library, projectId, count);
  return projectId;
}

function pairOf(
  row: number,
  rows: readonly SourceRow[],
  vocabulary: readonly string[],
  below: (limit: number) => number,
): NewPair {
  const source = rows[below(rows.length)] ?? { prompt: '', response: ['', ''] };
  // One word exchanged in each text: as long and as wordy as the real ones, and all different.
  const vary = (text: string): string => {
    const words = text.split(' ');
    words[below(words.length)] = vocabulary[below(vocabulary.length)] ?? 'word';
    return words.join(' ');
  };
  const safeFirst = below(2) === 0;
  const [safe, unsafe] = [vary(source.response[0]), vary(source.response[1])];
  const waiting = below(10) === 0;
  const verdict = (isUnsafe: boolean): NewPair['verdicts']['a'] => ({
    unsafe: waiting ? null : below(8) === 0 ? !isUnsafe : isUnsafe,
    severity: ([0, 1, 2, 3] as const)[isUnsafe ? 1 + below(3) : 0] ?? 0,
    categories: isUnsafe ? [categories[below(categories.length)] ?? 'Violence'] : [],
  });
  return {
    row,
    prompt: [{ role: 'user', content: `${vary(source.prompt)} ${row}` }],
    responses: safeFirst ? { a: safe, b: unsafe } : { a: unsafe, b: safe },
    preferred: below(2) === 0 ? 'a' : 'b',
    safer: safeFirst ? 'a' : 'b',
    split: null,
    verdicts: { a: verdict(!safeFirst), b: verdict(safeFirst) },
  };
}
