import { seededRandom } from '../../native-models/text/seeded-random.ts';
import type { Library } from '../../main/library/library.ts';

/** Queries of one kind. `once`: words not searched for before, so that nothing is kept from an earlier search. */
export interface QueryKind {
  readonly name: string;
  readonly queries: readonly string[];
  readonly once?: true;
}

const facets: readonly QueryKind[] = [
  { name: 'everything', queries: [''] },
  { name: 'class', queries: ['class:waiting', 'class:swapped,dropped', '-class:keptSafeSafe'] },
  { name: 'verdict', queries: ['verdict:unsafe', 'verdict:unknown', '-verdict:safe'] },
  { name: 'source', queries: ['source:person', 'source:imported', 'source:none'] },
  { name: 'reviewer', queries: ['reviewer:Ada', 'reviewer:Grace', '-reviewer:Ada'] },
  { name: 'category', queries: ['category:Violence', 'category:Drugs,Cybercrime', '-category:Violence'] },
  { name: 'severity', queries: ['severity:3', 'severity:0,1', '-severity:none'] },
  { name: 'flagged', queries: ['flagged:yes', 'flagged:no'] },
  { name: 'disagreement', queries: ['disagreement:yes', 'disagreement:no'] },
  { name: 'dataset', queries: ['dataset:1', '-dataset:1'] },
  { name: 'split', queries: ['split:train', 'split:held-out'] },
  { name: 'lint findings', queries: ['lint:truncated-response', '-lint:near-duplicate-prompt'] },
  { name: 'suggested', queries: ['suggested:yes', 'suggested:no'] },
  { name: 'length', queries: ['length:500..2000', 'length:..100', 'length:3000..'] },
  {
    name: 'sort',
    queries: [
      'sort:id-',
      'sort:length',
      'sort:length-',
      'sort:changed',
      'sort:changed-',
      'sort:informative',
      'sort:informative-',
    ],
  },
  { name: 'text, searched before', queries: ['money', '"how can I"', 'explos*', 'the', '-money'] },
  {
    name: 'all combined',
    queries: [
      'class:keptSafeUnsafe,swapped -category:Drugs severity:2,3 sort:length-',
      'verdict:unsafe source:imported split:train length:200.. "how can I" -money sort:changed-',
      'lint:truncated-response suggested:yes flagged:no explos* sort:informative-',
    ],
  },
];

/** Every kind of filter, sort and search; words and phrases are drawn by a seed from the pairs themselves. */
export function queryKinds({ db }: Library): readonly QueryKind[] {
  const random = seededRandom(7);
  const texts = db
    .prepare<[], string>('SELECT response_a FROM pairs WHERE id % 9973 = 1 ORDER BY id LIMIT 30')
    .pluck()
    .all();
  const wordsOf = texts.map((text) => text.toLowerCase().match(/[a-z]{2,}/g) ?? ['word']);
  const drawn = (pick: (words: readonly string[], from: number) => string): string[] => [
    ...new Set(wordsOf.map((words) => pick(words, random.below(Math.max(1, words.length - 3))))),
  ];
  return [
    ...facets,
    { name: 'word, first search', queries: drawn((words, from) => words[from] ?? 'word'), once: true },
    {
      name: 'phrase, first search',
      queries: drawn((words, from) => `"${words.slice(from, from + 3).join(' ')}"`),
      once: true,
    },
    {
      name: 'prefix of 1 letter, first search',
      queries: [...'abcdefghiprstw'].map((letter) => `${letter}*`),
      once: true,
    },
    {
      name: 'prefix of 2 letters, first search',
      queries: ['ab', 'be', 'co', 'do', 'ex', 'in', 'no', 're', 'st', 'th', 'to', 'un', 'wh', 'yo'].map(
        (start) => `${start}*`,
      ),
      once: true,
    },
    {
      name: 'prefix of 4 letters, first search',
      queries: drawn((words, from) => `${(words[from] ?? 'word').slice(0, 4)}*`),
      once: true,
    },
    {
      name: 'commonest words, first search',
      queries: ['the', 'a', 'to', 'and', 'of', 'is', 'it', 'or', 'can', 'your'],
      once: true,
    },
    {
      name: 'search, filter and sort, first search',
      queries: drawn(
        (words, from) =>
          `class:swapped -flagged:yes ${words[from + 1] ?? 'word'} ` +
          `"${words.slice(from, from + 2).join(' ')}" sort:length-`,
      ),
      once: true,
    },
  ];
}
