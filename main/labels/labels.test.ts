import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importPairs, libraryWith, newPair, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import type { Library } from '../library/library.ts';
import { createProject } from '../projects/projects.ts';
import { transformCounts } from '../transform/counts.ts';
import { chainHead, eventColumns, eventHash } from './chain.ts';
import type { LabelEvent } from './chain.ts';
import { editLabels } from './edit.ts';
import type { LabelEdit } from './edit.ts';
import { exportLabels } from './export-labels.ts';
import { importLabels } from './import-labels.ts';
import type { LabelFileFormat } from './label-file.ts';
import { replayLabels } from './replay.ts';
import { stateStore } from './state.ts';
import { redoLabels, undoLabels } from './undo.ts';
import { verifyChain } from './verify.ts';

const ann = { reviewer: 'Ann', reason: 'read it twice' };
const ben = { reviewer: 'Ben', reason: '' };
const fourPairs = [
  newPair(1, false, false, 'a'),
  newPair(2, true, false, 'a'),
  newPair(3, true, true, 'b'),
  newPair(4, null, null, null),
];

function verdict(pairId: number | undefined, side: 'a' | 'b', value: boolean | null): LabelEdit {
  return { pairId: pairId ?? 0, field: 'verdict', side, value };
}

function unsafe(library: Library, pairId: number | undefined): (boolean | null | undefined)[] {
  const state = stateStore(library).read(pairId ?? 0);
  return [state?.a.unsafe, state?.b.unsafe];
}

function sound(library: Library, projectId: number): void {
  expect(verifyChain(library).broken).toBeNull();
  expect(replayLabels(library, projectId)).toEqual([]);
}

describe('editLabels', () => {
  it('logs every field, keeps the view and moves the class', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    const pairId = pairIds[3] ?? 0;
    const result = editLabels(library, projectId, ann, [
      verdict(pairId, 'a', true),
      verdict(pairId, 'b', false),
      { pairId, field: 'preference', value: 'a' },
      { pairId, field: 'flag', value: true },
      { pairId, field: 'categories', side: 'a', value: ['Violence', 'Drugs'] },
      { pairId, field: 'severity', side: 'a', value: 2 },
      { pairId, field: 'note', side: 'b', value: 'polite' },
    ]);
    expect(result).toMatchObject({ events: 7, pairIds: [pairId] });
    expect(stateStore(library).read(pairId)).toMatchObject({
      preferred: 'a',
      preferredSource: 'person',
      flagged: true,
      a: { unsafe: true, source: 'person', reviewer: 'Ann', categories: ['Drugs', 'Violence'], severity: 2 },
      b: { unsafe: false, note: 'polite' },
    });
    expect(transformCounts(library, projectId)).toEqual({
      total: 4,
      keptSafeSafe: 1,
      keptSafeUnsafe: 0,
      swapped: 2,
      dropped: 1,
      waiting: 0,
    });
    sound(library, projectId);
  });

  it('records a person who confirms an imported verdict, and nothing that changes nothing', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    expect(editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', false)]).events).toBe(1);
    expect(editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', false)])).toEqual({
      group: null,
      events: 0,
      pairIds: [],
    });
  });

  it('stores nothing when one of the pairs is unknown', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    const head = chainHead(library);
    expect(() =>
      editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', true), verdict(999, 'a', true)]),
    ).toThrowError(expect.objectContaining({ code: 'unknown-pair' }));
    expect(chainHead(library)).toEqual(head);
    expect(unsafe(library, pairIds[0])).toEqual([false, false]);
  });
});

describe('undo and redo', () => {
  it('go back and forth by group, also after the library was closed', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    editLabels(library, projectId, ann, [verdict(pairIds[3], 'a', true), verdict(pairIds[3], 'b', true)]);
    editLabels(library, projectId, ann, [verdict(pairIds[3], 'a', false)]);
    const reopened = temporaryLibrary(library.dir);
    expect(undoLabels(reopened, projectId, 'Ann')).toMatchObject({ events: 1, kept: 0 });
    expect(unsafe(reopened, pairIds[3])).toEqual([true, true]);
    expect(undoLabels(reopened, projectId, 'Ann').events).toBe(2);
    expect(unsafe(reopened, pairIds[3])).toEqual([null, null]);
    expect(undoLabels(reopened, projectId, 'Ann').group).toBeNull();
    redoLabels(reopened, projectId, 'Ann');
    redoLabels(reopened, projectId, 'Ann');
    expect(unsafe(reopened, pairIds[3])).toEqual([false, true]);
    expect(redoLabels(reopened, projectId, 'Ann').group).toBeNull();
    sound(reopened, projectId);
  });

  it('restore the imported source of a verdict', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', true)]);
    undoLabels(library, projectId, 'Ann');
    expect(stateStore(library).read(pairIds[0] ?? 0)?.a).toMatchObject({
      unsafe: false,
      source: 'imported',
      reviewer: null,
    });
  });

  it('end what can be redone at a new edit, and leave alone what another reviewer changed since', () => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', true)]);
    undoLabels(library, projectId, 'Ann');
    editLabels(library, projectId, ann, [verdict(pairIds[1], 'b', true)]);
    expect(redoLabels(library, projectId, 'Ann').group).toBeNull();
    editLabels(library, projectId, ben, [verdict(pairIds[1], 'b', null)]);
    expect(undoLabels(library, projectId, 'Ann')).toMatchObject({ events: 1, kept: 1 });
    expect(unsafe(library, pairIds[1])).toEqual([true, null]);
    sound(library, projectId);
  });
});

describe('verifyChain', () => {
  const tamper = (library: Library, sql: string): void => {
    const db = new Database(join(library.dir, 'library.sqlite'));
    db.exec(
      'DROP TRIGGER label_events_never_change; DROP TRIGGER label_events_never_go; DROP TRIGGER ' +
        `pairs_never_change; ${sql}`,
    );
    db.close();
  };
  /** Seven events: the import, then six edits. */
  const logged = (): Library => {
    const { library, projectId, pairIds } = libraryWith(fourPairs);
    for (const value of [true, false, true, false, true, false])
      editLabels(library, projectId, ann, [verdict(pairIds[0], 'a', value)]);
    return library;
  };
  const copy = (from: string, seq: string, hash: string): string => `
    INSERT INTO label_events (seq, group_id, kind, target_group, project_id, dataset_id, at, reviewer, pair, side,
      field, old, new, reason, previous_hash, hash)
    SELECT ${seq}, group_id, kind, target_group, project_id, dataset_id, at, reviewer, pair, side,
        field, old, new, reason, previous_hash, ${hash} FROM label_events WHERE seq = ${from};`;

  it.each([
    ['a changed event in the middle', "UPDATE label_events SET reviewer = 'Eve' WHERE seq = 4", 4, 'changed'],
    ['a changed last event', "UPDATE label_events SET new = '{}' WHERE seq = 7", 7, 'changed'],
    ['a removed event in the middle', 'DELETE FROM label_events WHERE seq = 4', 4, 'missing'],
    [
      'a removed event, numbers closed up',
      'DELETE FROM label_events WHERE seq = 4; UPDATE label_events SET seq = seq - 1 WHERE seq > 4',
      4,
      'out of order',
    ],
    ['a removed first event', 'DELETE FROM label_events WHERE seq = 1', 1, 'missing'],
    ['a removed last event', 'DELETE FROM label_events WHERE seq = 7', 7, 'cut off'],
    [
      'two events exchanged',
      'UPDATE label_events SET seq = -4 WHERE seq = 4; UPDATE label_events SET seq = 4 WHERE seq = 5; ' +
        'UPDATE label_events SET seq = 5 WHERE seq = -4',
      4,
      'out of order',
    ],
    [
      'the last two events exchanged',
      'UPDATE label_events SET seq = -6 WHERE seq = 6; UPDATE label_events SET seq = 6 WHERE seq = 7; ' +
        'UPDATE label_events SET seq = 7 WHERE seq = -6',
      6,
      'out of order',
    ],
    [
      'an event inserted in the middle',
      'UPDATE label_events SET seq = -seq - 1 WHERE seq > 3; UPDATE label_events SET seq = -seq WHERE seq < ' +
        `0; ${copy('3', '4', "'" + 'e'.repeat(64) + "'")}`,
      4,
      'out of order',
    ],
    ['an event added at the end', copy('7', '8', "'" + 'e'.repeat(64) + "'"), 8, 'out of order'],
    ['an imported verdict', 'UPDATE pairs SET unsafe_a = 1 - unsafe_a WHERE row = 1', 1, 'imported labels changed'],
    ['the text of a response', "UPDATE pairs SET response_b = response_b || ' ' WHERE row = 1", 1, 'texts changed'],
  ])('finds %s', (_name, sql, seq, problem) => {
    const library = logged();
    expect(verifyChain(library)).toMatchObject({ events: 7, broken: null });
    tamper(library, sql);
    expect(verifyChain(library).broken).toMatchObject({ seq, problem });
  });

  it('finds a rewritten log only by a head that was written down', () => {
    const [library, other] = [logged(), logged()];
    expect(verifyChain(library, chainHead(library).hash).broken).toBeNull();
    expect(verifyChain(other, chainHead(library).hash).broken).toMatchObject({ problem: 'not the head written down' });
  });

  it('cannot tell, without a head written down, that somebody who knows the program rewrote the end of the log', () => {
    const library = logged();
    const head = chainHead(library).hash;
    const last = library.db.prepare<[], LabelEvent>(`SELECT ${eventColumns} FROM label_events WHERE seq = 7`).get();
    if (last === undefined) expect.fail('there is no event 7');
    const forged = { ...last, new: '{"reviewer":"Ann","source":"person","unsafe":true}' };
    const hash = eventHash(forged);
    tamper(
      library,
      `UPDATE label_events SET new = '${forged.new}', hash = '${hash}' WHERE seq = 7; UPDATE label_head SET ` +
        `hash = '${hash}'`,
    );
    expect(verifyChain(library).broken).toBeNull();
    expect(verifyChain(library, head).broken).toMatchObject({ problem: 'not the head written down' });
  });

  it('finds an event with a right hash that the program did not log', () => {
    const library = logged();
    const last = library.db.prepare<[], LabelEvent>(`SELECT ${eventColumns} FROM label_events WHERE seq = 7`).get();
    if (last === undefined) expect.fail('there is no event 7');
    tamper(
      library,
      copy('7', '8', `'${eventHash({ ...last, seq: 8, previousHash: last.hash })}'`) +
        `UPDATE label_events SET previous_hash = '${last.hash}' WHERE seq = 8`,
    );
    expect(verifyChain(library).broken).toMatchObject({
      seq: 8,
      problem: 'not in the chain',
      message: expect.stringContaining('Event 8'),
    });
  });

  it('cannot be got round by plain statements', () => {
    const library = logged();
    expect(() => library.db.exec("UPDATE label_events SET reason = 'x' WHERE seq = 2")).toThrow('never change');
    expect(() => library.db.exec('DELETE FROM label_events WHERE seq = 7')).toThrow('never deleted');
  });
});

describe('labels out and in', () => {
  const text = (library: Library, projectId: number, format: LabelFileFormat): string =>
    [...exportLabels(library, projectId, format)].join('');
  const twin = (): { library: Library; projectId: number } => {
    const library = temporaryLibrary();
    createProject(library, 'something else');
    const projectId = createProject(library, 'twin').id;
    importPairs(
      library,
      projectId,
      [newPair(9, false, false, 'b', 'not in the other library, no label'), ...fourPairs.toReversed()].slice(1),
    );
    return { library, projectId };
  };
  const source = (): { library: Library; projectId: number; pairIds: number[] } => {
    const made = libraryWith(fourPairs);
    const { library, projectId, pairIds } = made;
    editLabels(library, projectId, { reviewer: 'Ann "the lion", née Ö', reason: 'two\nlines, a "quote"' }, [
      verdict(pairIds[0], 'a', true),
      verdict(pairIds[3], 'b', false),
    ]);
    editLabels(library, projectId, ben, [
      { pairId: pairIds[2] ?? 0, field: 'note', side: 'a', value: '=1+1\r\n\u202e' },
      { pairId: pairIds[2] ?? 0, field: 'flag', value: true },
    ]);
    undoLabels(library, projectId, 'Ben');
    return made;
  };

  it.each(['jsonl', 'csv'] as const)(
    '%s: a second export has the same bytes, undo goes on, a second import changes nothing',
    (format) => {
      const from = source();
      const file = text(from.library, from.projectId, format);
      const to = twin();
      expect(importLabels(to.library, to.projectId, file, format)).toEqual({ pairs: 4, events: 6, known: 0 });
      expect(text(to.library, to.projectId, format)).toBe(file);
      expect(importLabels(to.library, to.projectId, file, format)).toEqual({ pairs: 4, events: 0, known: 6 });
      expect(importLabels(from.library, from.projectId, file, format)).toEqual({ pairs: 4, events: 0, known: 6 });
      expect(redoLabels(to.library, to.projectId, 'Ben').events).toBe(2);
      sound(to.library, to.projectId);
    },
  );

  const file = (): string[] => {
    const { library, projectId } = source();
    return text(library, projectId, 'jsonl').split('\n');
  };
  it.each<[string, (lines: string[]) => string[], object]>([
    [
      'an unknown pair',
      (lines) => lines.map((line) => line.replace(/"pair":"..../, '"pair":"0000')),
      { 'unknown-pair': 4, 'changed-event': 6 },
    ],
    [
      'a verdict that is none',
      (lines) => lines.map((line) => line.replace('"unsafe":true', '"unsafe":"maybe"')),
      { 'bad-record': 8 },
    ],
    ['a changed event', (lines) => lines.map((line) => line.replace('"at":"2', '"at":"1')), { 'changed-event': 6 }],
    ['a missing event', (lines) => lines.toSpliced(5, 1), { 'incomplete-history': 1 }],
    ['no header', (lines) => lines.slice(1), { 'bad-record': 1 }],
    [
      'a cut line',
      (lines) => lines.map((line, index) => (index === 10 ? line.slice(0, 40) : line)),
      { 'bad-record': 1 },
    ],
  ])('takes nothing of a file with %s', (_name, damage, counts) => {
    const to = twin();
    const head = chainHead(to.library);
    expect(() => importLabels(to.library, to.projectId, damage(file()).join('\n'), 'jsonl')).toThrowError(
      expect.objectContaining({ kind: 'input', code: 'labels-not-imported', details: expect.objectContaining(counts) }),
    );
    expect(chainHead(to.library)).toEqual(head);
    sound(to.library, to.projectId);
  });

  it('takes nothing where a label was changed here too', () => {
    const to = twin();
    const pairId = to.library.db.prepare<[], number>('SELECT id FROM pairs WHERE row = 1').pluck().get();
    editLabels(to.library, to.projectId, ben, [verdict(pairId, 'a', true)]);
    expect(() => importLabels(to.library, to.projectId, file().join('\n'), 'jsonl')).toThrowError(
      expect.objectContaining({ details: expect.objectContaining({ clash: 1 }) }),
    );
    sound(to.library, to.projectId);
  });
});

it('keeps every acknowledged label through kill -9', async () => {
  const { library, projectId } = libraryWith(fourPairs);
  const acknowledged: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('label-fast.fixture.ts', import.meta.url)), library.dir, String(projectId)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let labels = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(Number(line));
      labels += 1;
      if (labels === 15 + 4 * round) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  expect(acknowledged.length).toBeGreaterThan(30);
  const stored = new Set(library.db.prepare<[], number>('SELECT seq FROM label_events').pluck().all());
  expect(acknowledged.filter((seq) => !stored.has(seq))).toEqual([]);
  sound(library, projectId);
});
