import { barrierByChoice } from './barrier.ts';
import { staticDim } from '../shape.ts';
import { commonLowerings } from './common.ts';
import { fusibleLowerings } from './fusible.ts';
import { primitiveLowerings } from './primitive.ts';
import { type Lowering, type LoweringTable, microsoft, numberAttribute, operand, result } from './writer.ts';

/**
 * Whose kernels a graph is written for. `float64` is the CPU without the fused kernels, which lack float64; `portable`
 * is whatever runs a file that leaves this program.
 */
export type Target = 'cpu' | 'cuda' | 'webgpu' | 'dml' | 'float64' | 'portable';

/**
 * The standard operator set of each target's graphs. CUDA's kernels of Equal, Identity and Loop stop at versions
 * that operator set 18 still means; with a newer one the runtime would give those nodes to the CPU, and the state that
 * a loop carries would cross the bus in every iteration.
 */
export const opsets: { readonly [target in Target]: number } = {
  cpu: 21,
  cuda: 18,
  webgpu: 21,
  dml: 21,
  float64: 21,
  portable: 18,
};

/** The oldest format of the file that has the operator set (ONNX's Versioning.md): older runtimes take no newer one. */
export const irVersions: { readonly [target in Target]: number } = {
  cpu: 10,
  cuda: 10,
  webgpu: 10,
  dml: 10,
  float64: 10,
  portable: 8,
};

const fusedMatMul: Lowering = (node, write) => {
  const [transA, transB, alpha] = [
    numberAttribute(node, 'transA'),
    numberAttribute(node, 'transB'),
    numberAttribute(node, 'alpha'),
  ];
  const names = [write.name(operand(node, 0)), write.name(operand(node, 1))];
  if (transA === 0 && transB === 0 && alpha === 1) write.node('MatMul', names, [write.name(result(node))]);
  else
    write.node(
      'FusedMatMul',
      names,
      [write.name(result(node))],
      { transA, transB, alpha: { float: alpha } },
      microsoft,
    );
};

const rotaryEmbedding: Lowering = (node, write) => {
  const headDim = numberAttribute(node, 'headDim');
  const rotated = 2 * staticDim(operand(node, 2).shape, -1);
  const part =
    rotated === headDim
      ? {}
      : { rotary_embedding_dim: rotated, num_heads: staticDim(operand(node, 0).shape, -1) / headDim };
  write.node(
    'RotaryEmbedding',
    node.inputs.map((value) => write.name(value)),
    [write.name(result(node))],
    { interleaved: 0, ...part },
    microsoft,
  );
};

/** One kernel with the inverse root mean square as its second output. That output is wrong on WebGPU. */
const simplifiedLayerNormalization: Lowering = (node, write) => {
  const outputs = node.outputs.map((value) => write.name(value));
  write.node(
    'SimplifiedLayerNormalization',
    node.inputs.map((value) => write.name(value)),
    outputs,
    { axis: -1, epsilon: { float: numberAttribute(node, 'epsilon') }, stash_type: 1 },
  );
};

/** The sum is the kernel's fourth output; the self-test looks at what comes of it. */
const skipSimplifiedLayerNormalization: Lowering = (node, write) => {
  write.node(
    'SkipSimplifiedLayerNormalization',
    node.inputs.map((value) => write.name(value)),
    [write.name(result(node)), '', '', write.name(result(node, 1))],
    { epsilon: { float: numberAttribute(node, 'epsilon') } },
    microsoft,
  );
};

const quickGelu: Lowering = (node, write) => {
  write.node(
    'QuickGelu',
    [write.name(operand(node, 0))],
    [write.name(result(node))],
    { alpha: { float: 1 } },
    microsoft,
  );
};

/** DequantizeLinear takes int4 from operator set 21 on; this takes it in all, as every row of the blocks. */
const everyRowDequantized: Lowering = (node, write) => {
  const [stored, scales] = [operand(node, 0), operand(node, 1)];
  const rows = write.integers(Array.from({ length: staticDim(stored.shape, 0) }, (_, row) => row));
  write.node(
    'GatherBlockQuantized',
    [write.name(stored), rows, write.name(scales)],
    [write.name(result(node))],
    { gather_axis: 0, quantize_axis: 1, block_size: numberAttribute(node, 'blockSize') },
    microsoft,
  );
};

/** ONNX breaks ties of TopK by the lower index, as ArgMax does. */
const argMaxByTopK: Lowering = (node, write) => {
  const x = operand(node, 0);
  const [values, indices] = [write.temporary(x.dtype), write.temporary('int64')];
  write.node('TopK', [write.name(x), write.integers([1])], [values, indices], { axis: -1, largest: 1, sorted: 1 });
  write.node('Reshape', [indices, write.integers(x.shape.slice(1).map(() => 0))], [write.name(result(node))]);
};

const logSoftmaxKernel: Lowering = (node, write) => {
  write.node('LogSoftmax', [write.name(operand(node, 0))], [write.name(result(node))], { axis: -1 });
};

const fused = {
  MatMul: fusedMatMul,
  RmsNormalize: simplifiedLayerNormalization,
  AddRmsNormalize: skipSimplifiedLayerNormalization,
  Rotate: rotaryEmbedding,
  Silu: quickGelu,
  LogSoftmax: logSoftmaxKernel,
} satisfies Partial<LoweringTable>;

/** The operator table of each provider: what is left out of `fused` is missing, slow or wrong there. */
export const loweringTables: { readonly [target in Target]: LoweringTable } = {
  float64: { ...commonLowerings, ...primitiveLowerings },
  cpu: { ...commonLowerings, ...fused },
  // ArgMax and ReduceMax of CUDA call cuDNN, which nothing else here needs.
  cuda: { ...commonLowerings, ...fused, Dequantize: everyRowDequantized, ArgMax: argMaxByTopK },
  webgpu: {
    ...commonLowerings,
    ...primitiveLowerings,
    Rotate: rotaryEmbedding,
    Silu: quickGelu,
    Barrier: barrierByChoice,
  },
  // DirectML has never run this: only standard operators, and no tensor without elements, which it has no form for.
  dml: { ...commonLowerings, ...primitiveLowerings, Barrier: barrierByChoice },
  // Standard operators alone, in the forms that the runtime's optimiser makes one kernel of.
  portable: { ...commonLowerings, ...primitiveLowerings, ...fusibleLowerings },
};
