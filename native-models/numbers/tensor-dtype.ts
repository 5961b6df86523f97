/** The number formats of tensors in files, under their internal names. */
export type TensorDtype = 'float32' | 'float16' | 'bfloat16' | 'float64' | 'int64' | 'int32' | 'uint8' | 'bool';

/** The part of {@link TensorDtype} that holds fractions. */
export type FloatDtype = Extract<TensorDtype, 'float32' | 'float16' | 'bfloat16' | 'float64'>;

export const bytesPerElement: { readonly [dtype in TensorDtype]: number } = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  uint8: 1,
  bool: 1,
};

/** How safetensors spells each dtype. */
const dtypeOfName: ReadonlyMap<string, TensorDtype> = new Map([
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['F32', 'float32'],
  ['I32', 'int32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** The dtype that safetensors spells so, or `null` for one we do not read. */
export function dtypeFromSafetensors(name: string): TensorDtype | null {
  return dtypeOfName.get(name) ?? null;
}

/** How safetensors spells a dtype. */
export function safetensorsName(dtype: TensorDtype): string {
  for (const [name, known] of dtypeOfName) if (known === dtype) return name;
  throw new TypeError(`no safetensors name for ${dtype}`);
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

export function isFloatDtype(dtype: TensorDtype): dtype is FloatDtype {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64';
}
