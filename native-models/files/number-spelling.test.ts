import { expect, it } from 'vitest';
import { spelledAs } from './number-spelling.ts';

it('keeps the spelling of numbers that stay as they were', () => {
  const source =
    '{"cap": 30.0, "most": 1000000000000000019884624838656, "eps": 1e-06, "rope": {"theta": 10000.0}, "n": 4.0, ' +
    '"limits": [0.0, {"to": 2.0}]}';
  const changed = { ...JSON.parse(source), n: 5, more: { theta: 10_000 }, text: 'a "cap": 30 in a text, "theta": 1}' };
  const written = spelledAs(source, JSON.stringify(changed, null, 2));
  expect(JSON.parse(written)).toEqual(changed);
  for (const kept of ['"cap": 30.0,', '"most": 1000000000000000019884624838656,', '"eps": 1e-06,', '"n": 5,'])
    expect(written).toContain(kept);
  expect(written.replace(/\s+/g, '')).toContain('"limits":[0.0,{"to":2.0}]');
  expect(written.match(/"theta": 10000\.0/g)).toHaveLength(2);
});
