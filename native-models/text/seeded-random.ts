/**
 * Repeatable random numbers: xoshiro128** 1.1 (Blackman and Vigna, 2018, prng.di.unimi.it), its state
 * filled by splitmix32 from the words given. Integer arithmetic only, so the same on every platform.
 */
export interface SeededRandom {
  /** A uniform whole number from 0 to `limit` - 1; `limit` at most 2^32. */
  below(limit: number): number;
}

export function seededRandom(...words: readonly number[]): SeededRandom {
  let mixed = 0;
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  for (const word of words) mixed = (splitmix() ^ word) >>> 0;
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];

  const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  return {
    below(limit) {
      // Values above the last whole multiple of `limit` would favour small results; draw again.
      const fair = 2 ** 32 - (2 ** 32 % limit);
      let value = next();
      while (value >= fair) value = next();
      return value % limit;
    },
  };
}

/** The numbers 0 to `count` - 1 in random order (Fisher and Yates, inside out). */
export function randomOrder(count: number, random: SeededRandom): number[] {
  const order = new Uint32Array(count);
  for (let last = 0; last < count; last++) {
    const other = random.below(last + 1);
    order[last] = order[other] ?? 0;
    order[other] = last;
  }
  return [...order];
}
