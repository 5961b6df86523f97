import { badInput } from '../failure.ts';
import type { EmittedGraph, EmittedOperator } from '../graph/lowering/emit.ts';
import { cpuKernels } from './kernels/cpu.ts';
import { cudaKernels } from './kernels/cuda.ts';
import { directMLKernels } from './kernels/directml.ts';
import type { KernelRow } from './kernels/kernel-rows.ts';
import { operatorVersion } from './kernels/operator-versions.ts';

/** Providers whose kernels are listed; WebGPU publishes no list and is probed by the self-test. */
export type TabledProvider = 'cpu' | 'cuda' | 'dml';

const tables: { readonly [provider in TabledProvider]: readonly KernelRow[] } = {
  cpu: cpuKernels,
  cuda: cudaKernels,
  dml: directMLKernels,
};

/**
 * Whether the runtime takes a kernel for this version of an operator (`VerifyVersion` in its kernel_registry.cc): one
 * registered without an end takes only the version it begins with, since a later one may have changed the operator.
 */
function takesVersion({ registered }: KernelRow, version: number): boolean {
  return registered.some(({ from, to }) => from === version || (to !== null && from <= version && version <= to));
}

function missing({ opType, domain, opset, dtypes }: EmittedOperator, table: readonly KernelRow[]): readonly string[] {
  const name = domain === '' ? opType : `${domain}.${opType}`;
  const rows = table.filter(({ operator }) => operator === name);
  if (rows.length === 0) return [`${name} is not in the table`];
  const version = domain === '' ? operatorVersion(opType, opset) : 1;
  if (version === null) return [`the versions of ${name} are not known`];
  const row = rows.find((candidate) => takesVersion(candidate, version));
  if (row === undefined) return [`${name} has no kernel for version ${version}, which operator set ${opset} means`];
  return dtypes.flatMap((dtype, place) =>
    row.inputs[Math.min(place, row.inputs.length - 1)]?.includes(dtype) === true
      ? []
      : [`${name} does not take ${dtype} as input ${place}`],
  );
}

/** What a graph asks for that a provider has no kernel for, one line each; empty when it has all. */
export function missingKernels(operators: EmittedGraph['operators'], provider: TabledProvider): readonly string[] {
  return operators.flatMap((operator) => missing(operator, tables[provider]));
}

/** Refuses a graph that uses a kernel the provider does not have. Throws `kernel-missing` naming each. */
export function requireKernels(operators: EmittedGraph['operators'], provider: TabledProvider): void {
  const lines = missingKernels(operators, provider);
  if (lines.length > 0)
    throw badInput(
      'kernel-missing',
      `The provider ${provider} cannot run this graph: ${lines.join('; ')}. Choose another precision or ` +
        'provider, and report this.',
      { provider, missing: lines },
    );
}
