/** Where a provider has a kernel of an operator. */
export interface KernelRow {
  /** `DOMAIN.OPERATOR`, the domain left out for standard ONNX. */
  readonly operator: string;
  /** Versions of the operator the kernel was registered for, both included; without an end it takes the first alone. */
  readonly registered: readonly { readonly from: number; readonly to: number | null }[];
  /** Element types of each input, by position; the last entry stands for all further inputs. */
  readonly inputs: readonly (readonly string[])[];
}

/** Rows of several operators with the same kernels: `'Add Sub', '13-18 19+', 'float32 float16', 'int64'`. */
export function kernelRows(operators: string, registered: string, ...inputs: readonly string[]): readonly KernelRow[] {
  const ranges = registered.split(' ').map((range) => {
    const [from = '', to = ''] = range.split(/[-+]/u);
    return { from: Number(from), to: to === '' ? null : Number(to) };
  });
  return operators
    .split(' ')
    .map((operator) => ({ operator, registered: ranges, inputs: inputs.map((types) => types.split(' ')) }));
}
