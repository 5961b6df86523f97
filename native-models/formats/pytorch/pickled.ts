import type { TensorDtype } from '../../numbers/tensor-dtype.ts';

/** What a pickle of a state dict is made of. Nothing of it is code, and nothing is ever called. */

/** Numbers of a tensor, kept outside the pickle. */
export interface Storage {
  readonly kind: 'storage';
  readonly dtype: TensorDtype;
  /** Under which they are kept. */
  readonly key: string;
  /** How many. */
  readonly count: number;
}

/** A contiguous part of a storage. */
export interface PickledTensor {
  readonly kind: 'tensor';
  readonly storage: Storage;
  /** First number of the storage that belongs to the tensor. */
  readonly first: number;
  readonly shape: readonly number[];
}

/** One of the few names of Python's and PyTorch's that may stand in a state dict. */
export interface Global {
  readonly kind: 'global';
  readonly name: keyof typeof allowed | 'storage type';
  /** Of a storage type. */
  readonly dtype: TensorDtype | null;
}

export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly Pickled[];
}

export interface List {
  readonly kind: 'list';
  readonly items: Pickled[];
}

export interface Dict {
  readonly kind: 'dict';
  readonly items: Map<Pickled, Pickled>;
}

export type Pickled = null | boolean | number | string | Storage | PickledTensor | Global | Tuple | List | Dict;

/** Makers of values, by module and name. */
const allowed = {
  'collections OrderedDict': true,
  'torch._utils _rebuild_tensor_v2': true,
  'torch._utils _rebuild_parameter': true,
} as const;

const storageTypes: ReadonlyMap<string, TensorDtype> = new Map([
  ['torch FloatStorage', 'float32'],
  ['torch HalfStorage', 'float16'],
  ['torch BFloat16Storage', 'bfloat16'],
  ['torch DoubleStorage', 'float64'],
  ['torch LongStorage', 'int64'],
  ['torch IntStorage', 'int32'],
  ['torch ByteStorage', 'uint8'],
  ['torch BoolStorage', 'bool'],
]);

function isAllowed(name: string): name is keyof typeof allowed {
  return Object.hasOwn(allowed, name);
}

/** The global of that name; `null` for every one that may not stand in a state dict. */
export function globalOf(module: string, name: string): Global | null {
  const full = `${module} ${name}`;
  if (isAllowed(full)) return { kind: 'global', name: full, dtype: null };
  const dtype = storageTypes.get(full);
  return dtype === undefined ? null : { kind: 'global', name: 'storage type', dtype };
}
