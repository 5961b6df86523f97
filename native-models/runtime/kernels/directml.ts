import { type KernelRow, kernelRows } from './kernel-rows.ts';

const floats = 'float32 float16';
const integers = 'int64 int32';
const moved = `bool float64 ${floats} ${integers} uint8`;
/**
 * DirectML registers each version of an operator anew, so the document's versions say nothing about what is missing.
 */
const all = '1-21';

/**
 * The element types of ONNX Runtime 1.30's DirectML provider for the operators we write. Source: section
 * DmlExecutionProvider of the document named in cuda.ts. What it lacks (bfloat16, Loop) the runtime runs on the CPU,
 * with copies.
 */
export const directMLKernels: readonly KernelRow[] = [
  ...kernelRows('Concat Transpose Identity Cast', all, moved),
  ...kernelRows('Reshape Expand Unsqueeze', all, moved, 'int64'),
  ...kernelRows('Slice Gather GatherElements', all, moved, integers),
  ...kernelRows('ScatterElements', all, moved, integers, moved),
  ...kernelRows('And Or Not', all, 'bool'),
  ...kernelRows('Add Sub Mul Div Max Min Neg Abs Less LessOrEqual Greater Equal', all, `${floats} ${integers}`),
  ...kernelRows('Exp Sqrt Sigmoid Softmax MatMul Log Reciprocal LogSoftmax', all, floats),
  ...kernelRows('Where', all, 'bool', moved),
  ...kernelRows('ReduceSum ReduceMax ReduceMean', all, `${floats} ${integers}`, 'int64'),
  ...kernelRows('CumSum', all, `${floats} ${integers}`, integers),
  ...kernelRows('DequantizeLinear', all, 'int4 uint8', floats),
];
