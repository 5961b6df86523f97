import { badInput } from '../failure.ts';
import type { EmittedGraph } from '../graph/emit.ts';

/**
 * Which element types the kernels of ONNX Runtime 1.30 take, for every operator we write, at opset 21 (and version 1 of
 * com.microsoft). Source: docs/OperatorKernels.md of https://github.com/microsoft/onnxruntime at commit
 * 001d12d2623fd411ce0f83d05abb5e82304a3389, sections CPUExecutionProvider, CUDAExecutionProvider and DmlExecutionProvider,
 * which is generated from the registered kernels; WebGPU has no such list and is probed by the self-test. What DirectML
 * lacks (bfloat16, Loop) the runtime runs on the CPU, with copies. On the CPU the runtime runs
 * float16 operators it has no kernel for in float32, with casts it inserts itself; it does not do so for bfloat16.
 */
export type TabledProvider = 'cpu' | 'cuda' | 'dml';

/** Element types of each input, by position; the last entry stands for all further inputs. */
type Row = readonly string[];

const moved = 'bfloat16 bool float64 float32 float16 int64 int32 uint8';
const index = 'int64 int32';
const cudaFloats = 'bfloat16 float64 float32 float16';
const cudaNarrow = 'float64 float32 float16';
const cpuFloats = 'float64 float32 float16';
const directMLFloats = 'float32 float16';
const directMLMoved = 'bool float64 float32 float16 int64 int32 uint8';
const integers = 'int64 int32';

function rows(ops: string, ...inputs: Row): { readonly [op: string]: Row } {
  return Object.fromEntries(ops.split(' ').map((op) => [op, inputs]));
}

const dataMovement = {
  ...rows('Concat Transpose Identity', moved),
  ...rows('Reshape Expand Unsqueeze', moved, 'int64'),
  ...rows('Slice', moved, index),
  ...rows('Gather GatherElements', moved, index),
  ...rows('ScatterElements', moved, index, moved),
  ...rows('Loop', 'int64', 'bool', moved),
  ...rows('And Or Not', 'bool'),
};

const tables: { readonly [provider in TabledProvider]: { readonly [op: string]: Row } } = {
  cuda: {
    ...dataMovement,
    ...rows('Cast', moved),
    ...rows('Add Sub Mul Div', `${cudaFloats} ${integers}`),
    ...rows('Max Min', `${cudaFloats} ${integers}`),
    ...rows('Neg Abs', `${cudaFloats} ${integers}`),
    ...rows('Exp Sqrt Sigmoid Softmax MatMul', cudaFloats),
    ...rows('Log Reciprocal LogSoftmax', cudaNarrow),
    ...rows('Less LessOrEqual Greater', `${cudaNarrow} ${integers}`),
    ...rows('Equal', `bool ${cudaNarrow} ${integers}`),
    ...rows('Where', 'bool', `${cudaFloats} ${integers} uint8`),
    ...rows('ReduceSum', `${cudaFloats} ${integers}`, 'int64'),
    ...rows('ReduceMax', `${cudaNarrow} ${integers}`, 'int64'),
    ...rows('ReduceMean', `${cudaNarrow} int32`, 'int64'),
    ...rows('ArgMax', cudaNarrow),
    ...rows('TopK', `${cudaNarrow} ${integers}`, 'int64'),
    ...rows('CumSum', `${cudaNarrow} ${integers}`, index),
    ...rows('SimplifiedLayerNormalization', cudaFloats),
    ...rows('DequantizeLinear', 'int4 uint8', 'float32 float16'),
    ...rows('com.microsoft.FusedMatMul com.microsoft.QuickGelu', cudaFloats),
    ...rows('com.microsoft.RotaryEmbedding', 'bfloat16 float32 float16', 'int64', 'bfloat16 float32 float16'),
  },
  cpu: {
    ...dataMovement,
    ...rows('Cast', moved),
    ...rows('Add Sub Mul Div Max Min Neg Abs', `${cpuFloats} ${integers}`),
    ...rows('Exp Sqrt Sigmoid Softmax MatMul Log Reciprocal LogSoftmax', cpuFloats),
    ...rows('Less LessOrEqual Greater', `${cpuFloats} ${integers}`),
    ...rows('Equal', `bool ${cpuFloats} ${integers}`),
    ...rows('Where', 'bool', `${cpuFloats} ${integers} uint8`),
    ...rows('ReduceSum ReduceMax ReduceMean', `${cpuFloats} ${integers}`, 'int64'),
    ...rows('ArgMax', cpuFloats),
    ...rows('TopK', `${cpuFloats} ${integers}`, 'int64'),
    ...rows('CumSum', `${cpuFloats} ${integers}`, index),
    ...rows('SimplifiedLayerNormalization', cpuFloats),
    ...rows('DequantizeLinear', 'int4 uint8', 'float32 float16'),
    ...rows('com.microsoft.FusedMatMul com.microsoft.QuickGelu', 'float32 float16'),
    ...rows('com.microsoft.RotaryEmbedding', 'float32 float16', 'int64', 'float32 float16'),
  },
  dml: {
    ...rows('Concat Transpose Identity Cast', directMLMoved),
    ...rows('Reshape Expand Unsqueeze', directMLMoved, 'int64'),
    ...rows('Slice Gather GatherElements', directMLMoved, index),
    ...rows('ScatterElements', directMLMoved, index, directMLMoved),
    ...rows('And Or Not', 'bool'),
    ...rows('Add Sub Mul Div Max Min Neg Abs Less LessOrEqual Greater Equal', `${directMLFloats} ${integers}`),
    ...rows('Exp Sqrt Sigmoid Softmax MatMul Log Reciprocal LogSoftmax', directMLFloats),
    ...rows('Where', 'bool', directMLMoved),
    ...rows('ReduceSum ReduceMax ReduceMean', `${directMLFloats} ${integers}`, 'int64'),
    ...rows('CumSum', `${directMLFloats} ${integers}`, index),
    ...rows('DequantizeLinear', 'int4 uint8', directMLFloats),
  },
};

/** What a graph asks for that a provider has no kernel for, one line each; empty when it has all. */
export function missingKernels(operators: EmittedGraph['operators'], provider: TabledProvider): readonly string[] {
  return operators.flatMap(({ opType, domain, dtypes }) => {
    const name = domain === '' ? opType : `${domain}.${opType}`;
    const row = tables[provider][name];
    if (row === undefined) return [`${name} is not in the table`];
    return dtypes.flatMap((dtype, place) => ((row[Math.min(place, row.length - 1)] ?? '').split(' ').includes(dtype) ? [] : [`${name} does not take ${dtype} as input ${place}`]));
  });
}

/** Refuses a graph that uses a kernel the provider does not have. Throws `kernel-missing` naming each. */
export function requireKernels(operators: EmittedGraph['operators'], provider: TabledProvider): void {
  const missing = missingKernels(operators, provider);
  if (missing.length > 0) throw badInput('kernel-missing', `The provider ${provider} cannot run this graph: ${missing.join('; ')}. Choose another precision or provider, and report this.`, { provider, missing });
}
