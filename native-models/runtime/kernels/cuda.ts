import { type KernelRow, kernelRows } from './kernel-rows.ts';

const floats = 'bfloat16 float64 float32 float16';
const narrow = 'float64 float32 float16';
const integers = 'int64 int32';
const moved = `${floats} bool ${integers} uint8`;

/**
 * The kernels of ONNX Runtime 1.30's CUDA provider for the operators we write. Source: section CUDAExecutionProvider of
 * docs/OperatorKernels.md, https://github.com/microsoft/onnxruntime at 001d12d2623fd411ce0f83d05abb5e82304a3389,
 * generated there from the registered kernels. Registrations older than any operator set we write are left out.
 */
export const cudaKernels: readonly KernelRow[] = [
  ...kernelRows('Cast', '13-18 19-20 21-22 23+', moved),
  ...kernelRows('Reshape', '14-18 19-20 21-22 23+', moved, 'int64'),
  ...kernelRows('Transpose', '13-20 21-22 23+', moved),
  ...kernelRows('Unsqueeze', '13-20 21-22 23+', moved, 'int64'),
  ...kernelRows('Identity', '14-18 19+', moved),
  ...kernelRows('Loop', '13-18 19+', 'int64', 'bool', moved),
  ...kernelRows('Concat', '13+', moved),
  ...kernelRows('Expand', '13+', moved, 'int64'),
  ...kernelRows('Slice Gather GatherElements', '13+', moved, integers),
  ...kernelRows('ScatterElements', '16-17 18+', moved, integers, moved),
  ...kernelRows('Add Sub Mul Div', '14+', `${floats} ${integers}`),
  ...kernelRows('Max Min Neg Abs', '13+', `${floats} ${integers}`),
  ...kernelRows('Exp Sqrt Sigmoid Softmax MatMul Gemm', '13+', floats),
  ...kernelRows('Log Reciprocal LogSoftmax', '13+', narrow),
  ...kernelRows('Less Greater', '13+', `${narrow} ${integers}`),
  ...kernelRows('LessOrEqual', '16+', `${narrow} ${integers}`),
  ...kernelRows('Equal', '13+', `bool ${narrow} ${integers}`),
  ...kernelRows('And Or', '7+', 'bool'),
  ...kernelRows('Not', '1+', 'bool'),
  ...kernelRows('Where', '16+', 'bool', `${floats} ${integers} uint8`),
  ...kernelRows('ReduceSum', '13+', `${floats} ${integers}`, 'int64'),
  ...kernelRows('ReduceMean', '18+', `${narrow} int32`, 'int64'),
  ...kernelRows('TopK', '11+', `${narrow} ${integers}`, 'int64'),
  ...kernelRows('CumSum', '14+', `${narrow} ${integers}`, integers),
  ...kernelRows('SimplifiedLayerNormalization', '1+', floats),
  ...kernelRows('com.microsoft.FusedMatMul com.microsoft.QuickGelu', '1+', floats),
  ...kernelRows('com.microsoft.RotaryEmbedding', '1+', 'bfloat16 float32 float16', 'int64', 'bfloat16 float32 float16'),
  ...kernelRows('com.microsoft.SkipSimplifiedLayerNormalization', '1+', 'bfloat16 float32 float16'),
  ...kernelRows('com.microsoft.GatherBlockQuantized', '1+', 'int4 uint8', integers, 'bfloat16 float32 float16'),
];
