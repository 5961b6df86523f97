import { expect, test } from 'vitest';
import { decodeIds } from './decode-ids.ts';
import { parsePairSet } from './pair-set.ts';

test('an address names an outcome, flagged pairs, an audit, a pair, or a typed query', () => {
  expect(parsePairSet('all')).toEqual({ kind: 'query', query: '' });
  expect(parsePairSet('waiting')).toEqual({ kind: 'query', query: 'class:waiting' });
  expect(parsePairSet('audit 3')).toEqual({ kind: 'audit', auditId: 3 });
  expect(parsePairSet('pair 12')).toEqual({ kind: 'pairs', pairIds: [12] });
  expect(parsePairSet('lint:empty-response "audit 3"')).toEqual({
    kind: 'query',
    query: 'lint:empty-response "audit 3"',
  });
});

test('ids come back from base64 of little-endian integers', () => {
  const ids = Int32Array.from([1, 258, 300_000]);
  expect(decodeIds(Buffer.from(ids.buffer).toString('base64'))).toEqual(ids);
});
