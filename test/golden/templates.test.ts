import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../native-models/failure.ts';
import { compileJinja } from '../../native-models/text/jinja/compile.ts';

const file = z.object({
  variables: z.record(z.string(), z.unknown()),
  rows: z.array(z.object({ template: z.string(), text: z.string().nullable() })),
});
const { variables, rows } = file.parse(
  JSON.parse(readFileSync(new URL('expected/templates.json', import.meta.url), 'utf8')),
);
const clock = new Date('2025-07-10T12:00:00Z');

function render(template: string): string | null {
  try {
    return compileJinja(template, 'template', clock)(variables);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** What Jinja2 renders and we refuse by name, because no chat template that we know of has it. */
const refused = new Set([
  '{{ true }} {{ none }} {{ 1.0 }} {{ obj }} {{ names }} {{ (1,) }} {{ (1,2) }}',
  '{{ -7 % 3 }}',
  '{{ dict(a=1) }}',
  "{{ n > 3 and n < 10 }}{{ 'a' < 'b' }}",
  "{{ 'a' * 3 }}",
  "{{ '%s-%d' % ('a', 1) }}",
  '  {%+ if true %}a{% endif %}',
  '{% raw %}{{ x }}{% endraw %}',
  "{{ 'A,b'.split(',')|map('trim')|list }}",
  '{{ messages[0][1] }}x',
  "{{ ['a','b'].index('b') }}",
  "{{ {1:'a'}[1] }}",
  "{{ 'x' is eq 'x' }}",
  "{{ 'a' is in ['a'] }}",
  '{{ 4 is divisibleby 2 }}',
  '{{ 2.5|round }}',
  '{{ [1,2]|sum }}',
  "{{ 'a b'|wordcount }}",
  '{{ namespace(a=1) }}',
  "{{ messages|groupby('role')|list|length }}",
  '{{ 1 / 100000 }}',
]);

describe('templates as Jinja2 renders them (make_templates.py)', () => {
  it.each(rows)('$template', ({ template, text }) => {
    expect(render(template)).toBe(refused.has(template) ? null : text);
  });

  it('refuses no more than it says', () => {
    expect(
      rows.filter(({ template, text }) => text !== null && render(template) === null).map(({ template }) => template),
    ).toEqual([...refused]);
  });
});
