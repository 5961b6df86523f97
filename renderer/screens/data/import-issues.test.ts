import { expect, test } from 'vitest';
import { issuesOf } from './import-issues.ts';

test('the rows a failed import names, and none where it names the file', () => {
  const issue = {
    row: 1,
    line: 2,
    field: 'better',
    code: 'unknown-preferred',
    message: 'Row 1 (line 2), better: found "2".',
  };
  expect(issuesOf({ code: 'x', message: 'm', details: { file: 'a.csv', issues: [issue, { row: 2 }, null] } })).toEqual([
    { message: issue.message, code: issue.code },
  ]);
  expect(issuesOf({ code: 'x', message: 'm', details: {} })).toEqual([]);
});
