import { failed } from '../failure.ts';
import { cast } from '../graph/elementwise.ts';
import { gather } from '../graph/layout.ts';
import { type DType, type Value, external } from '../graph/value.ts';
import type { LinearWeights, LowRank } from '../layers/linear.ts';

/** A stored weight and where its bytes lie. */
export interface StoredWeight {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface WeightsOptions {
  /** Hugging Face name → where it lies. */
  readonly stored: ReadonlyMap<string, StoredWeight>;
  /** The element type of activations. */
  readonly compute: DType;
  /** Parameters that are trained and therefore fed, by name; they replace stored ones. */
  readonly trained?: ReadonlyMap<string, Value>;
  /** Low-rank adapters by the name of their linear layer, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly adapters?: ReadonlyMap<string, LowRank>;
}

/** The weights of a model as graph values: frozen ones mapped from their file, trained ones fed. */
export class Weights {
  readonly compute: DType;
  readonly #stored: ReadonlyMap<string, StoredWeight>;
  readonly #trained: ReadonlyMap<string, Value>;
  readonly #adapters: ReadonlyMap<string, LowRank>;
  readonly #values = new Map<string, Value>();

  constructor({ stored, compute, trained = new Map(), adapters = new Map() }: WeightsOptions) {
    this.compute = compute;
    this.#stored = stored;
    this.#trained = trained;
    this.#adapters = adapters;
  }

  isTrained(name: string): boolean {
    return this.#trained.has(name);
  }

  /** The weight in the compute type. A frozen one is converted anew at each call, so that no converted copy lives long. */
  get(name: string): Value {
    return cast(this.#source(name), this.compute);
  }

  /** Rows of a `[rows, width]` weight; only those rows are converted. */
  rows(name: string, indices: Value): Value {
    return cast(gather(this.#source(name), indices), this.compute);
  }

  /** `NAME.weight`, `NAME.bias` when there is one, and the adapter on NAME. */
  linear(name: string, hasBias: boolean): LinearWeights {
    return { weight: this.get(`${name}.weight`), bias: hasBias ? this.get(`${name}.bias`) : null, adapter: this.#adapters.get(name) ?? null };
  }

  /** Every trained value whose name starts with `prefix`: what a checkpointed layer passes gradients to. */
  trainedUnder(prefix: string): readonly Value[] {
    const own = [...this.#trained].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value);
    const adapters = [...this.#adapters].filter(([name]) => name.startsWith(prefix)).flatMap(([, { a, b }]) => [a, b]);
    return [...own, ...adapters];
  }

  #source(name: string): Value {
    const trained = this.#trained.get(name) ?? this.#values.get(name);
    if (trained !== undefined) return trained;
    const stored = this.#stored.get(name);
    if (stored === undefined) throw failed('weight-unknown', `The model has no tensor "${name}".`, { tensor: name });
    const { dtype, shape, location, offsetBytes, lengthBytes } = stored;
    const value = external(name, dtype, shape, { location, offsetBytes, lengthBytes });
    this.#values.set(name, value);
    return value;
  }
}
