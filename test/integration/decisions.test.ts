import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../docs/adr/', import.meta.url));
const files = readdirSync(folder).filter((name) => /^\d/.test(name));
const read = (name: string): string => readFileSync(folder + name, 'utf8');

it.each(files)('%s has the form of a decision', (name) => {
  const text = read(name);
  expect(text).toMatch(
    new RegExp(`^# ${name.slice(0, 4)}\\. .+\n\nStatus: (accepted|superseded by \\d{4})(, \\d{4}-\\d\\d-\\d\\d)?\n`),
  );
  expect(text.match(/^## .*/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
});

it('the index lists every decision by number, title and status', () => {
  const rows = files.map((name) => {
    const [, title = '', status = ''] = /^# \d{4}\. (.+)\n\nStatus: ([^,\n]+)/.exec(read(name)) ?? [];
    return `| [${name.slice(0, 4)}](${name}) | ${title} | ${status} |`;
  });
  expect(
    read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| [')),
  ).toEqual(rows);
});
