import { failed } from '../failure.ts';
import { concat, reshape, slice } from '../graph/layout.ts';
import { staticDim } from '../graph/shape.ts';
import type { Value } from '../graph/value.ts';

/** One trained tensor inside the flat parameter vector. */
export interface ParameterTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Weight decay applies: matrices yes, norms and biases no. */
  readonly decays: boolean;
  /** First element in the flat vector. */
  readonly offset: number;
  readonly size: number;
}

/** All trained numbers as one float32 vector, so that the optimiser is a few nodes whatever the model. */
export interface ParameterLayout {
  readonly tensors: readonly ParameterTensor[];
  readonly size: number;
}

/** Lays tensors one after the other; those with weight decay first, so that decay is one slice. */
export function layoutParameters(
  tensors: readonly Pick<ParameterTensor, 'name' | 'shape' | 'decays'>[],
): ParameterLayout {
  let offset = 0;
  const ordered = [...tensors.filter(({ decays }) => decays), ...tensors.filter(({ decays }) => !decays)];
  const placed = ordered.map(({ name, shape, decays }) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const tensor = { name, shape, decays, offset, size };
    offset += size;
    return tensor;
  });
  return { tensors: placed, size: offset };
}

/** Each tensor as a view of the flat vector `[size]`. */
export function parameterValues(flat: Value, layout: ParameterLayout): ReadonlyMap<string, Value> {
  return new Map(
    layout.tensors.map(({ name, shape, offset, size }) => [
      name,
      reshape(slice(flat, 0, offset, offset + size), shape),
    ]),
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Tensors of known shape, flat, one after the other: `[size]`. Joined as matrices of their widest common width, because
 * the CUDA kernel builds a table on the host that is as long as the joined axis when parts differ, and uploads it in
 * every run.
 */
export function joinFlat(parts: readonly Value[]): Value {
  const sizes = parts.map(({ shape }) =>
    shape.reduce<number>((product, _, axis) => product * staticDim(shape, axis), 1),
  );
  const width = sizes.reduce(greatestCommonDivisor, 0);
  const joined = concat(
    parts.map((part, index) => reshape(part, [(sizes[index] ?? 0) / width, width])),
    0,
  );
  return reshape(joined, [sizes.reduce((sum, size) => sum + size, 0)]);
}

/** Gradients by name joined in the layout's order: `[size]`. */
export function joinGradients(gradients: ReadonlyMap<string, Value>, layout: ParameterLayout): Value {
  return joinFlat(
    layout.tensors.map(({ name }) => {
      const gradient = gradients.get(name);
      if (gradient === undefined)
        throw failed('gradient-missing', `There is no gradient of "${name}".`, { tensor: name });
      return gradient;
    }),
  );
}
