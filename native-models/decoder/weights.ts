import { failed } from '../failure.ts';
import { cast } from '../graph/elementwise.ts';
import { gather } from '../graph/layout.ts';
import { dequantize } from '../graph/fused.ts';
import { type DType, type Value, external } from '../graph/value.ts';
import type { LinearWeights, LowRank, WeightOrder } from '../layers/linear.ts';

/** A stored weight and where its bytes lie. */
export interface StoredWeight {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Of int4 weights: a factor for each block of a row, `[rows, blocks]`. */
  readonly scales?: StoredWeight;
}

export interface WeightsOptions {
  /** Hugging Face name → where it lies. */
  readonly stored: ReadonlyMap<string, StoredWeight>;
  /** How weights of linear layers are stored; Hugging Face's order where it is left out. */
  readonly order?: WeightOrder;
  /** The element type of products and of what lies between them. */
  readonly compute: DType;
  /** The element type of the residual stream, norms, softmax and log-probabilities. */
  readonly islands: DType;
  /** Parameters that are trained and therefore fed, by name; they replace stored ones. */
  readonly trained?: ReadonlyMap<string, Value>;
  /**
   * Frozen weights are converted once for all their uses: for a graph that uses each in two places, one of them a loop
   * that would keep its own copy. Elsewhere each use converts anew, so that no converted copy lives long.
   */
  readonly convertsOnce?: boolean;
  /** Low-rank adapters by the name of their linear layer, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly adapters?: ReadonlyMap<string, LowRank>;
}

/** The weights of a model as graph values: frozen ones mapped from their file, trained ones fed. */
export class Weights {
  readonly compute: DType;
  readonly islands: DType;
  readonly #stored: ReadonlyMap<string, StoredWeight>;
  readonly #order: WeightOrder;
  readonly #trained: ReadonlyMap<string, Value>;
  readonly #adapters: ReadonlyMap<string, LowRank>;
  readonly #values = new Map<string, Value>();
  readonly #convertsOnce: boolean;
  readonly #converted = new Map<string, Value>();

  constructor({
    stored,
    order = 'out by in',
    compute,
    islands,
    trained = new Map(),
    convertsOnce = false,
    adapters = new Map(),
  }: WeightsOptions) {
    this.compute = compute;
    this.islands = islands;
    this.#stored = stored;
    this.#order = order;
    this.#trained = trained;
    this.#adapters = adapters;
    this.#convertsOnce = convertsOnce;
  }

  isTrained(name: string): boolean {
    return this.#trained.has(name);
  }

  /** The weight in the compute type. */
  get(name: string): Value {
    const known = this.#converted.get(name);
    if (known !== undefined) return known;
    const value = this.#convert(name);
    if (this.#convertsOnce) this.#converted.set(name, value);
    return value;
  }

  #convert(name: string): Value {
    const scales = this.#stored.get(name)?.scales;
    const source = this.#source(name);
    // Scaled in full precision: the product then rounds once, and only where the compute type is narrower.
    return source.dtype === 'int4' && scales !== undefined
      ? cast(dequantize(source, cast(this.#external(`${name}.scales`, scales), 'float32')), this.compute)
      : cast(source, this.compute);
  }

  /** A weight that belongs to an island: a norm's. */
  island(name: string): Value {
    return cast(this.#source(name), this.islands);
  }

  /** Rows of a `[rows, width]` weight, in the island type; only those rows are converted. */
  rows(name: string, indices: Value): Value {
    return cast(gather(this.#source(name), indices), this.islands);
  }

  /** `NAME.weight`, `NAME.bias` when there is one, and the adapter on NAME. */
  linear(name: string, hasBias: boolean): LinearWeights {
    return {
      weight: this.get(`${name}.weight`),
      order: this.#order,
      bias: hasBias ? this.get(`${name}.bias`) : null,
      adapter: this.#adapters.get(name) ?? null,
    };
  }

  /** Every trained value whose name starts with `prefix`: what a checkpointed layer passes gradients to. */
  trainedUnder(prefix: string): readonly Value[] {
    const own = [...this.#trained].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value);
    const adapters = [...this.#adapters].filter(([name]) => name.startsWith(prefix)).flatMap(([, { a, b }]) => [a, b]);
    return [...own, ...adapters];
  }

  #source(name: string): Value {
    const trained = this.#trained.get(name);
    if (trained !== undefined) return trained;
    const stored = this.#stored.get(name);
    if (stored === undefined) throw failed('weight-unknown', `The model has no tensor "${name}".`, { tensor: name });
    return this.#external(name, stored);
  }

  #external(name: string, { dtype, shape, location, offsetBytes, lengthBytes }: StoredWeight): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const value = external(name, dtype, shape, { location, offsetBytes, lengthBytes });
    this.#values.set(name, value);
    return value;
  }
}
