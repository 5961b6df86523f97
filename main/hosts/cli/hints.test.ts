import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hintedCodes, hintFor } from './hints.ts';

test.each([
  [
    'dataset-format-unknown',
    { suggestion: { prompt: 'goal', responseA: 'answer 1' } },
    '--map prompt=goal --map responseA="answer 1" --map responseB=RESPONSE_B --map preferred=PREFERRED ' +
      '--map unsafeA=UNSAFE_A --map unsafeB=UNSAFE_B',
  ],
  [
    'value-meaning-unclear',
    {
      field: 'preferred',
      values: [
        { value: '0', rows: 3 },
        { value: 'not sure', rows: 1 },
      ],
    },
    '--map-value preferred:0=MEANING --map-value "preferred:not sure=MEANING"',
  ],
  [
    'does-not-fit-memory',
    {
      nearestFit: {
        keptLayers: 1,
        batchSize: 1,
        accumulate: 64,
        precision: 'int4',
        maxLength: 256,
        lora: { rank: 8, alpha: 16, targets: [] },
      },
    },
    '--checkpoint-layers on --batch-size 1 --accumulate 64 --precision int4 --max-length 256 --lora-rank 8',
  ],
  ['does-not-fit-memory', { nearestFit: null }, null],
  ['no-checkpoint', { run: 'r1' }, 'safedpo resume r1'],
  ['dataset-empty', {}, null],
] as const)('%s', (code, details, expected) => expect(hintFor(code, details)).toBe(expected));

test('every code with a hint is documented', () => {
  const documented = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  expect(hintedCodes.filter((code) => !documented.includes(`| \`${code}\` |`))).toEqual([]);
});
