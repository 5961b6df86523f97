import type { Global, Pickled, PickledTensor, Tuple } from './pickled.ts';

/** What a pickle asks for and a state dict does not hold; the text says what, without the file's name. */
export class PickleRefused extends Error {}

/** The value that PyTorch would make of `arguments_` with one of the allowed makers. Throws {@link PickleRefused}. */
export function rebuilt({ name }: Global, { items }: Tuple): Pickled {
  switch (name) {
    case 'collections OrderedDict':
      if (items.length > 0) throw new PickleRefused('an OrderedDict that is made from something');
      return { kind: 'dict', items: new Map() };
    case 'torch._utils _rebuild_tensor_v2':
      return rebuiltTensor(items);
    case 'torch._utils _rebuild_parameter': {
      const [tensor] = items;
      if (!isTensor(tensor)) throw new PickleRefused('a parameter that is no tensor');
      return tensor;
    }
    case 'storage type':
      throw new PickleRefused('a storage that is made in the pickle itself');
  }
}

function rebuiltTensor([storage, first, size, stride]: readonly Pickled[]): PickledTensor {
  if (typeof storage !== 'object' || storage?.kind !== 'storage') throw new PickleRefused('a tensor without a storage');
  const [shape, strides] = [wholeNumbers(size), wholeNumbers(stride)];
  if (!isWhole(first) || shape === null || strides === null || shape.length !== strides.length)
    throw new PickleRefused('a tensor whose shape, strides or offset are not whole numbers');
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 0;
    if (length !== 1 && strides[axis] !== expected)
      throw new PickleRefused(`a view of shape [${shape.join(', ')}] whose numbers do not lie one after the other`);
    expected *= length;
  }
  if (first + expected > storage.count)
    throw new PickleRefused(
      `a tensor of ${expected} numbers from number ${first} on in a storage of ${storage.count} numbers`,
    );
  return { kind: 'tensor', storage, first, shape };
}

export function isTensor(value: Pickled | undefined): value is PickledTensor {
  return typeof value === 'object' && value?.kind === 'tensor';
}

function wholeNumbers(value: Pickled | undefined): readonly number[] | null {
  if (typeof value !== 'object' || value?.kind !== 'tuple') return null;
  const numbers = value.items.filter(isWhole);
  return numbers.length === value.items.length ? numbers : null;
}

export function isWhole(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
