import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { truncate } from './truncate.ts';

const count = (length: number, from = 10): number[] => Array.from({ length }, (_, index) => from + index);

describe('truncate', () => {
  it('leaves what fits', () => {
    expect(truncate(count(3), [count(5), count(2)], 8, null)).toEqual({
      prompt: { ids: count(3), truncated: false },
      completions: [
        { ids: count(5), truncated: false },
        { ids: count(2), truncated: false },
      ],
    });
  });

  it('cuts the end of a long response only', () => {
    const { prompt, completions } = truncate(count(3), [count(9), count(5)], 8, null);
    expect(prompt.truncated).toBe(false);
    expect(completions).toEqual([
      { ids: count(5), truncated: true },
      { ids: count(5), truncated: false },
    ]);
  });

  it('cuts the start of a prompt that leaves no quarter for the response, but keeps BOS', () => {
    const ids = [1, ...count(20)];
    expect(truncate(ids, [count(9)], 8, 1)).toEqual({
      prompt: { ids: [1, ...ids.slice(-5)], truncated: true },
      completions: [{ ids: count(2), truncated: true }],
    });
    expect(truncate(ids, [count(9)], 8, null).prompt.ids).toEqual(ids.slice(-6));
    expect(truncate(ids, [count(1)], 8, null)).toMatchObject({
      prompt: { ids: ids.slice(-7) },
      completions: [{ truncated: false }],
    });
  });

  it('never empties a side and never exceeds the length', () => {
    const sizes = integer({ min: 1, max: 40 });
    assert(
      property(
        sizes,
        sizes,
        sizes,
        integer({ min: 2, max: 50 }),
        constantFrom(null, 10),
        (promptLength, first, second, maxLength, bosId) => {
          const { prompt, completions } = truncate(
            count(promptLength),
            [count(first), count(second)],
            maxLength,
            bosId,
          );
          expect(prompt.ids.length).toBeGreaterThan(0);
          for (const { ids } of completions) {
            expect(ids.length).toBeGreaterThan(0);
            expect(prompt.ids.length + ids.length).toBeLessThanOrEqual(maxLength);
          }
        },
      ),
    );
  });

  it.each([1, 0, -5, 2.5, NaN])('refuses a length of %d', (maxLength) => {
    expect(() => truncate([1], [[2]], maxLength, null)).toThrow(
      expect.objectContaining({ code: 'max-length-too-small' }),
    );
  });
});
