import { failed } from '../../failure.ts';

/** A source of numbers in [0, 1) that gives the same sequence for the same seed. */
export type Random = () => number;

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, plenty for drawing sentences. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the values. Fails on an empty list (`sample-world-inconsistent`), which no caller has. */
export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw failed('sample-world-inconsistent', 'there is nothing to pick from');
  return value;
}

/** The values in a random order, as a new array (Fisher and Yates, by drawing from what is left). */
export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const left = [...values];
  const drawn: T[] = [];
  while (left.length > 0) for (const value of left.splice(Math.floor(random() * left.length), 1)) drawn.push(value);
  return drawn;
}
