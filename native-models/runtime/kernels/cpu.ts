import { type KernelRow, kernelRows } from './kernel-rows.ts';

const floats = 'float64 float32 float16';
const integers = 'int64 int32';
const moved = `bfloat16 ${floats} bool ${integers} uint8`;
/**
 * Every version up to 21: a registration the CPU provider lacks fails when a graph is loaded, so tests would meet it.
 */
const all = '1-21';

/**
 * The element types of ONNX Runtime 1.30's CPU provider for the operators we write. Source: section
 * CPUExecutionProvider of the document named in cuda.ts. float16 operators without a kernel run in float32, with casts
 * that the runtime inserts itself; it does not do so for bfloat16.
 */
export const cpuKernels: readonly KernelRow[] = [
  ...kernelRows('Cast Identity Concat Transpose', all, moved),
  ...kernelRows('Reshape Expand Unsqueeze', all, moved, 'int64'),
  ...kernelRows('Slice Gather GatherElements', all, moved, integers),
  ...kernelRows('ScatterElements', all, moved, integers, moved),
  ...kernelRows('Loop', all, 'int64', 'bool', moved),
  ...kernelRows('And Or Not', all, 'bool'),
  ...kernelRows('Add Sub Mul Div Max Min Neg Abs Less LessOrEqual Greater', all, `${floats} ${integers}`),
  ...kernelRows(
    'Exp Sqrt Sigmoid Softmax MatMul Gemm Log Reciprocal LogSoftmax ArgMax SimplifiedLayerNormalization',
    all,
    floats,
  ),
  ...kernelRows('Equal', all, `bool ${floats} ${integers}`),
  ...kernelRows('Where', all, 'bool', `${floats} ${integers} uint8`),
  ...kernelRows('ReduceSum ReduceMax ReduceMean', all, `${floats} ${integers}`, 'int64'),
  ...kernelRows('TopK', all, `${floats} ${integers}`, 'int64'),
  ...kernelRows('CumSum', all, `${floats} ${integers}`, integers),
  ...kernelRows('DequantizeLinear', all, 'int4 uint8', 'float32 float16'),
  ...kernelRows('com.microsoft.FusedMatMul com.microsoft.QuickGelu', all, 'float32 float16'),
  ...kernelRows('com.microsoft.RotaryEmbedding', all, 'float32 float16', 'int64', 'float32 float16'),
  ...kernelRows('com.microsoft.SkipSimplifiedLayerNormalization', all, floats),
];
