import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../native-models/text/seeded-random.ts';
import { type LintKind, lintKinds } from '../../../preload/contract/review-filter.ts';
import { libraryWith, newPair } from '../../datasets/store/library.fixture.ts';
import type { NewPair } from '../../datasets/store/pairs.ts';
import { setSplit } from '../../projects/split.ts';
import { filterPairs } from '../index/filter-pairs.ts';
import { lastLintReport, lintProject } from './run-lint.ts';
import { cohensD, Moments } from './moments.ts';
import { NearDuplicates } from './near-duplicates.ts';
import { encodingDamage, looksTruncated } from './text-defects.ts';

const total = 2000;
const plantedPerKind = 20;
const words = (
  'garden window copper river engine paper mountain silver market bridge winter orange pencil harbour ' +
  'forest candle library ticket village thunder carpet mirror planet basket doctor lemon saddle tunnel ' +
  'feather kitchen'
).split(' ');
const openings = [
  'You could',
  'People often',
  'A good way is to',
  'It helps to',
  'Sorry to hear it, but',
  'Begin and',
  'Most of us',
];

/** 2,000 pairs of which every defect is planted in 20; row numbers tell which. */
function plantedPairs(): { pairs: NewPair[]; planted: Map<LintKind, Set<number>> } {
  const random = seededRandom(7);
  const sentence = (count: number): string =>
    `${Array.from({ length: count }, () => `${words[random.below(words.length)]}${random.below(40)}`).join(' ')}.`;
  const answer = (): string => `${openings[1 + random.below(3)]} ${sentence(15 + random.below(20))}`;
  const pairs = Array.from({ length: total }, (_, index): NewPair => {
    const unsafeA = random.below(2) === 0;
    const label = (unsafe: boolean): NewPair['verdicts']['a'] => ({
      unsafe,
      severity: unsafe ? 2 : 0,
      categories: unsafe ? ['Violence'] : [],
    });
    return {
      ...newPair(index + 1, null, null, 'a', `How do I ${sentence(12)}`),
      responses: { a: answer(), b: answer() },
      verdicts: { a: label(unsafeA), b: label(!unsafeA) },
    };
  });
  const planted = new Map<LintKind, Set<number>>(lintKinds.map((kind) => [kind, new Set()]));
  let next = 0;
  const plant = (kind: LintKind, change: (pair: NewPair) => NewPair): void => {
    for (let count = 0; count < plantedPerKind; count += 1) {
      const pair = pairs[next];
      if (pair === undefined) throw new RangeError('too few pairs');
      planted.get(kind)?.add(pair.row);
      pairs[next] = change(pair);
      next += 1;
    }
  };
  const a = (pair: NewPair, text: string): NewPair => ({ ...pair, responses: { ...pair.responses, a: text } });
  const verdictA = (pair: NewPair, verdict: NewPair['verdicts']['a']): NewPair => ({
    ...pair,
    verdicts: { ...pair.verdicts, a: verdict },
  });
  plant('refusal-marked-unsafe', (pair) =>
    verdictA(a(pair, `I'm sorry, but I can't help with ${sentence(6)}`), {
      unsafe: true,
      severity: 2,
      categories: ['Violence'],
    }),
  );
  plant('verdict-against-severity', (pair) => verdictA(pair, { unsafe: true, severity: 0, categories: ['Violence'] }));
  plant('verdict-against-category', (pair) => verdictA(pair, { unsafe: false, severity: 0, categories: ['Violence'] }));
  plant('identical-responses', (pair) => ({
    ...pair,
    responses: { a: pair.responses.a, b: `  ${pair.responses.a.replace(' ', '\n\n')} ` },
  }));
  plant('near-identical-responses', (pair) => ({
    ...pair,
    responses: { a: pair.responses.a, b: pair.responses.a.replace(/\.$/, ' too.') },
  }));
  plant('empty-response', (pair) => a(pair, ' ... '));
  plant('truncated-response', (pair) => a(pair, pair.responses.a.slice(0, -7)));
  plant('encoding-damage', (pair) =>
    a(pair, pair.responses.a.replace(' ', [' donâ€™t ', ' cafÃ© ', ' \uFFFD ', ' \u0007 '][pair.row % 4] ?? '')),
  );
  // Every second pair takes the prompt of the one before, with a small change: near duplicates, some of them across the
  // split.
  let last: NewPair | null = null;
  plant('near-duplicate-prompt', (pair) => {
    const before: NewPair | null = last;
    last = before === null ? pair : null;
    return before === null
      ? pair
      : { ...pair, prompt: [{ role: 'user', content: `${before.prompt[0]?.content ?? ''} Please!` }] };
  });
  plant('same-response-two-verdicts', (pair) => {
    const before: NewPair | null = last;
    last = before === null ? pair : null;
    if (before === null) return pair;
    const { a: first } = before.verdicts;
    return verdictA(
      { ...a(pair, before.responses.a), prompt: before.prompt },
      {
        unsafe: first.unsafe === false,
        severity: first.unsafe === false ? 2 : 0,
        categories: first.unsafe === false ? ['Violence'] : [],
      },
    );
  });
  return { pairs, planted };
}

describe('lintProject', () => {
  it(
    'finds every planted defect among 2,000 pairs, wrongly reports no more than the planted share, and each ' +
      'is one query away',
    async () => {
      const { pairs, planted } = plantedPairs();
      const { library, projectId } = libraryWith(pairs);
      setSplit(library, projectId, { heldOutShare: 0.5, seed: 1 });
      const fractions: number[] = [];
      const report = await lintProject(library, projectId, { onProgress: (fraction) => fractions.push(fraction) });
      const rowOf = library.db.prepare<[number], number>('SELECT row FROM pairs WHERE id = ?').pluck();
      for (const [kind, rows] of planted) {
        const found = new Set(
          Array.from(filterPairs(library, projectId, { lint: [kind] }).ids, (id) => rowOf.get(id) ?? 0),
        );
        expect(report.pairsByKind[kind], kind).toBe(found.size);
        expect(
          [...rows].filter((row) => !found.has(row)),
          `${kind}: missed`,
        ).toEqual([]);
        if (kind !== 'prompt-in-both-splits')
          expect([...found].filter((row) => !rows.has(row)).length, `${kind}: wrongly reported`).toBeLessThanOrEqual(
            plantedPerKind,
          );
      }
      expect(fractions.at(-1)).toBe(1);
      expect(lastLintReport(library, projectId)).toEqual(report);
    },
  );

  it('finds exactly the near-duplicate prompts that the split parts', async () => {
    const pairs = Array.from({ length: 40 }, (_, index) =>
      newPair(
        index + 1,
        true,
        false,
        'a',
        `What is the ${words[index % 20]} doing in the ${words[(index % 20) + 5]} of my ` +
          `aunt${index < 20 ? '' : ' now'}?`,
      ),
    );
    const { library, projectId } = libraryWith(pairs);
    setSplit(library, projectId, { heldOutShare: 0.5, seed: 3 });
    await lintProject(library, projectId);
    const heldOut = library.db.prepare<[], number>('SELECT held_out FROM pair_labels ORDER BY pair_id').pluck().all();
    const parted = heldOut.flatMap((value, index) => (value === heldOut[(index + 20) % 40] ? [] : [index + 1]));
    expect(parted.length).toBeGreaterThan(0);
    expect([...filterPairs(library, projectId, { lint: ['prompt-in-both-splits'] }).ids]).toEqual(parted);
    expect(filterPairs(library, projectId, { lint: ['near-duplicate-prompt'] }).ids).toHaveLength(40);
  });

  it('keeps what the last lint found when it is cancelled', async () => {
    const { library, projectId } = libraryWith([
      { ...newPair(1, false, false, 'a'), responses: { a: '...', b: 'fine.' } },
    ]);
    await lintProject(library, projectId);
    await expect(lintProject(library, projectId, { signal: AbortSignal.abort() })).rejects.toThrowError(
      expect.objectContaining({ code: 'lint-cancelled' }),
    );
    expect(filterPairs(library, projectId, { lint: ['empty-response'] }).ids).toHaveLength(1);
  });
});

describe('text defects', () => {
  it.each([
    ['I said “no” – and that’s it.\n\tDone', null],
    ['naïve façade, Ångström, 中文, 👍🏽', null],
    ['donâ€™t', 'U+00E2 U+20AC U+2122'],
    ['\u0000', 'U+0000'],
    ['x\uFFFDy', 'U+FFFD'],
  ])('encoding of %j: %s', (text, damage) => {
    expect(encodingDamage(text)).toBe(damage);
  });

  it.each([
    ['First you take the long road to the north and then you turn lef', true],
    ['First you take the long road to the north and then you turn left.', false],
    ['1. Eggs\n2. Milk', false],
    ['See for more of it on that page of theirs which is at https://example.org/a', false],
  ])('%j truncated: %s', (text, truncated) => {
    expect(looksTruncated(text)).toBe(truncated);
  });
});

it('joins texts of similarity 0.8 and keeps others apart', () => {
  const base = 'how do i repair the old wooden fence behind the house before winter comes around';
  const texts = [
    base,
    `${base} again`,
    'what is the best way to cook rice for twelve guests on a small stove',
    'short',
    'short',
  ];
  const near = new NearDuplicates(texts.length);
  for (const text of texts) near.add(text);
  expect([...near.join(0.8, (index) => texts[index] ?? '')].at(-1)).toBe(1);
  const groups = texts.map((_, index) => near.groupOf(index));
  expect(groups[1]).toBe(groups[0]);
  expect(groups[4]).toBe(groups[3]);
  expect(new Set(groups).size).toBe(3);
});

it("computes Cohen's d with the pooled deviation", () => {
  const [first, second] = [new Moments(), new Moments()];
  for (const value of [2, 4, 7, 3, 7, 35, 8, 9]) first.add(value);
  for (const value of [1, 2, 3, 4]) second.add(value);
  // Means 9.375 and 2.5; sums of squares 793.875 and 5; pooled deviation sqrt(798.875 / 10).
  expect(cohensD(first, second)).toBeCloseTo(6.875 / Math.sqrt(79.8875), 10);
});
