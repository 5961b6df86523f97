import { expect, test } from 'vitest';
import { ContractError } from '../../preload/contract/errors.ts';
import { describeError } from './describe-error.ts';

test("the host's errors keep their words", () => {
  const error = new ContractError({ code: 'unknown-run', message: 'There is no run "x".', details: { run: 'x' } });
  expect(describeError(error)).toEqual({
    code: 'unknown-run',
    message: 'There is no run "x".',
    facts: [{ name: 'run', value: 'x' }],
  });
});

test("an error of the page is told in people's words, without an address of the library", () => {
  const shown = describeError(new Error('https://svelte.dev/e/each_key_duplicate'));
  expect(shown.code).toBe('interface-error');
  expect(shown.message).toContain('reload');
  expect(JSON.stringify(shown)).not.toContain('https:');
  expect(shown.facts).toEqual([{ name: 'detail', value: 'each_key_duplicate' }]);
});
