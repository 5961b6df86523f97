import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { editLabels } from '../labels/edit.ts';
import { importPairs, libraryWith, newPair, temporaryFolder } from '../datasets/store/library.fixture.ts';
import { setSplit } from '../projects/split.ts';
import { freezeSnapshot } from './snapshot.ts';

const all = { limit: null, seed: 7 };
const message = z.object({ role: z.string(), content: z.string() });
const line = z.strictObject({
  prompt: z.array(message),
  chosen: z.string(),
  rejected: z.string(),
  chosenUnsafe: z.boolean().nullable(),
  rejectedUnsafe: z.boolean().nullable(),
  source: z.strictObject({ dataset: z.int(), row: z.int(), pair: z.int() }),
});

function read(folder: string, name: string): z.output<typeof line>[] {
  return readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));
}

/** 300 pairs over 100 prompts that differ in case and spacing only within a prompt. */
const manyPairs = Array.from({ length: 300 }, (_, index) => {
  const pair = newPair(
    index + 1,
    index % 3 === 0,
    index % 3 !== 0,
    index % 2 === 0 ? 'a' : 'b',
    `question ${index % 100}`,
  );
  return {
    ...pair,
    responses: { a: `A ${index}`, b: `B ${index}` },
    prompt: [
      { role: 'user' as const, content: index < 100 ? `Question ${index % 100}` : ` question  ${index % 100} ` },
    ],
  };
});

describe('freezeSnapshot', () => {
  it('writes what the transform makes of the pairs, with its hash', () => {
    const { library, projectId } = libraryWith([
      newPair(1, false, true, 'a'),
      newPair(2, true, false, 'a'),
      newPair(3, false, false, 'b'),
      newPair(4, true, true, 'a'),
      newPair(5, null, false, 'a'),
    ]);
    setSplit(library, projectId, { heldOutShare: 0, seed: 0 });
    const folder = temporaryFolder();
    const snapshot = freezeSnapshot(library, projectId, 'safedpo', all, folder);
    expect(snapshot).toMatchObject({
      pairs: 3,
      heldOutPairs: 0,
      heldOutSha256: null,
      counts: { total: 5, keptSafeSafe: 1, keptSafeUnsafe: 1, swapped: 1, dropped: 1, waiting: 1 },
    });
    expect(snapshot.sha256).toBe(
      createHash('sha256')
        .update(readFileSync(join(folder, 'pairs.jsonl')))
        .digest('hex'),
    );
    expect(existsSync(join(folder, 'heldout.jsonl'))).toBe(false);
    expect(
      read(folder, 'pairs.jsonl').map(({ chosen, rejected, chosenUnsafe, rejectedUnsafe, source }) => [
        source.row,
        chosen,
        rejected,
        chosenUnsafe,
        rejectedUnsafe,
      ]),
    ).toEqual([
      [1, 'answer A to prompt 1', 'answer B to prompt 1', false, true],
      [2, 'answer B to prompt 2', 'answer A to prompt 2', false, true],
      [3, 'answer B to prompt 3', 'answer A to prompt 3', false, false],
    ]);
  });

  it('gives the same bytes twice and never puts a prompt on both sides', () => {
    const { library, projectId } = libraryWith(manyPairs);
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    const snapshot = freezeSnapshot(library, projectId, 'safedpo', all, first);
    expect(freezeSnapshot(library, projectId, 'safedpo', all, second)).toEqual(snapshot);
    expect(readFileSync(join(first, 'pairs.jsonl')).equals(readFileSync(join(second, 'pairs.jsonl')))).toBe(true);
    const prompts = (name: string): Set<string> =>
      new Set(
        read(first, name).map(({ prompt }) => (prompt[0]?.content ?? '').toLowerCase().replaceAll(/\s+/g, ' ').trim()),
      );
    const heldOut = prompts('heldout.jsonl');
    expect(heldOut.size).toBeGreaterThan(0);
    expect([...prompts('pairs.jsonl')].filter((prompt) => heldOut.has(prompt))).toEqual([]);
    expect(snapshot.pairs + snapshot.heldOutPairs).toBe(300);
  });

  it('keeps to the limit by seed and cuts no held-out pair; another label or split gives another hash', () => {
    const { library, projectId } = libraryWith(manyPairs);
    const [folder, full] = [temporaryFolder(), freezeSnapshot(library, projectId, 'safedpo', all, temporaryFolder())];
    const limited = freezeSnapshot(library, projectId, 'safedpo', { limit: 50, seed: 7 }, folder);
    expect(limited).toMatchObject({ pairs: 50, heldOutPairs: full.heldOutPairs, heldOutSha256: full.heldOutSha256 });
    const ids = read(folder, 'pairs.jsonl').map(({ source }) => source.pair);
    expect(ids).toEqual([...ids].sort((left, right) => left - right));
    expect(freezeSnapshot(library, projectId, 'safedpo', { limit: 50, seed: 8 }, folder).sha256).not.toBe(
      limited.sha256,
    );
    editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
      { pairId: ids[0] ?? 0, field: 'verdict', side: 'a', value: null },
    ]);
    const relabelled = freezeSnapshot(library, projectId, 'safedpo', all, folder);
    expect(relabelled.pairs).toBe(full.pairs - 1);
    expect(relabelled.labelsHead).not.toBe(full.labelsHead);
  });

  it('holds a prompt out in every dataset when a source marks it so, and follows weights', () => {
    const { library, projectId } = libraryWith(manyPairs);
    setSplit(library, projectId, { heldOutShare: 0, seed: 0 });
    const before = freezeSnapshot(library, projectId, 'safedpo', all, temporaryFolder());
    const marked = { ...newPair(1, false, true, 'a', 'QUESTION 5'), split: 'held-out' as const };
    importPairs(library, projectId, [marked]);
    expect(freezeSnapshot(library, projectId, 'safedpo', all, temporaryFolder())).toMatchObject({
      pairs: before.pairs - 3,
      heldOutPairs: 4,
    });
    library.db.exec('UPDATE datasets SET weight = 2 WHERE id = 1');
    expect(freezeSnapshot(library, projectId, 'safedpo', all, temporaryFolder()).pairs).toBe(2 * (before.pairs - 3));
  });

  it.each<[string, Parameters<typeof libraryWith>[0], 'safedpo' | 'dpo-safebetter', string]>([
    ['nothing says what is safe', [newPair(1, null, null, 'a')], 'safedpo', 'no-safety-labels'],
    [
      'no pair has a safe and an unsafe response',
      [newPair(1, false, false, 'a'), newPair(2, true, true, 'a')],
      'safedpo',
      'no-safe-unsafe-pair',
    ],
    ['nothing says which response is more helpful', [newPair(1, true, false, null)], 'safedpo', 'no-preferences'],
    ['the objective can use no pair', [newPair(1, true, false, 'a')], 'dpo-safebetter', 'no-training-pairs'],
  ])('refuses when %s', (_name, pairs, objective, code) => {
    const { library, projectId } = libraryWith(pairs);
    setSplit(library, projectId, { heldOutShare: 0, seed: 0 });
    const folder = join(temporaryFolder(), 'run');
    expect(() => freezeSnapshot(library, projectId, objective, all, folder)).toThrowError(
      expect.objectContaining({ kind: 'input', code }),
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('writes unknown verdicts as unknown for objectives that do not need them', () => {
    const { library, projectId } = libraryWith([newPair(1, null, null, 'b')]);
    setSplit(library, projectId, { heldOutShare: 0, seed: 0 });
    const folder = temporaryFolder();
    freezeSnapshot(library, projectId, 'dpo', all, folder);
    expect(read(folder, 'pairs.jsonl')).toMatchObject([
      { chosen: 'answer B to prompt 1', chosenUnsafe: null, rejectedUnsafe: null },
    ]);
  });
});
