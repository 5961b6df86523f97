import type { NumericTensor } from '../evaluate/tensor.ts';
import { type Shape, type Value, input } from '../value.ts';

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = Math.trunc(seed);
  return () => {
    state = (state + 0x6d2b79f5) % 2 ** 32;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes graph inputs for a test together with random numbers to feed them, exact in float32. */
export class RandomFeeds {
  readonly tensors: { [name: string]: NumericTensor } = {};
  readonly dtype: 'float32' | 'float64';
  readonly #sizes: { readonly [dim: string]: number };
  readonly #random: () => number;

  /** `sizes` are those of named dimensions. */
  constructor(dtype: 'float32' | 'float64', sizes: { readonly [dim: string]: number } = {}, seed = 1) {
    this.dtype = dtype;
    this.#sizes = sizes;
    this.#random = randomNumbers(seed);
  }

  real(name: string, shape: Shape, from = -2, to = 2): Value {
    return this.#feed(input(name, this.dtype, shape), name, () => Math.fround(from + (to - from) * this.#random()));
  }

  /** Whole numbers from 0 to `below - 1`. */
  index(name: string, shape: Shape, below: number): Value {
    return this.#feed(input(name, 'int64', shape), name, () => Math.floor(below * this.#random()));
  }

  bool(name: string, shape: Shape): Value {
    return this.#feed(input(name, 'bool', shape), name, () => Number(this.#random() < 0.5));
  }

  /** Given numbers instead of random ones. */
  given(name: string, dtype: 'int64' | 'bool' | 'float', shape: readonly number[], data: readonly number[]): Value {
    this.tensors[name] = { shape, data: Float64Array.from(data) };
    return input(name, dtype === 'float' ? this.dtype : dtype, shape);
  }

  #feed(value: Value, name: string, next: () => number): Value {
    const shape = value.shape.map((dim) => (typeof dim === 'number' ? dim : (this.#sizes[dim] ?? 1)));
    const size = shape.reduce((product, dim) => product * dim, 1);
    this.tensors[name] = { shape, data: Float64Array.from({ length: size }, next) };
    return value;
  }
}
