import { failed } from '../../failure.ts';
import type { OpName } from '../ops.ts';
import type { DType, ExternalData, GraphNode, Shape, Value } from '../value.ts';
import { shapeText } from '../shape.ts';
import { outsideLoopBodies, reach, resolve } from '../walk.ts';
import { contractionKernels } from './contraction.ts';
import { elementwiseKernels } from './elementwise.ts';
import { fusedKernels } from './fused.ts';
import type { Kernel, KernelTable } from './kernel.ts';
import { layoutKernels } from './layout.ts';
import { runLoop } from './loop.ts';
import { type NumericTensor, sizeOf } from './tensor.ts';

/** Numbers of a tensor that lies in a file, in row-major order. */
export type ReadExternal = (name: string, data: ExternalData, dtype: DType, shape: Shape) => Float64Array;

export interface EvaluateOptions {
  readonly external?: ReadExternal;
}

/** Every operator but `Loop`, in float64. */
export const kernels: KernelTable = { ...elementwiseKernels, ...contractionKernels, ...layoutKernels, ...fusedKernels };

type Tensors = Map<number, NumericTensor>;

function tensorOf(tensors: Tensors, value: Value): NumericTensor {
  const actual = resolve(value);
  const tensor = tensors.get(actual.id);
  if (tensor === undefined)
    throw failed('graph-invalid', `A ${actual.origin.kind} value is used before it is defined.`);
  return tensor;
}

function runNodes(nodes: readonly GraphNode[], tensors: Tensors): void {
  for (const node of outsideLoopBodies(nodes)) {
    const inputs = node.inputs.map((value) => tensorOf(tensors, value));
    const outputs =
      node.body === null
        ? kernelOf(node.op)(node, inputs)
        : runLoop(node, node.body, inputs, (body, given, wanted) => {
            const inner: Tensors = new Map([...tensors, ...given]);
            runNodes(body, inner);
            return wanted.map((value) => tensorOf(inner, value));
          });
    for (const [index, value] of node.outputs.entries()) {
      const tensor = outputs[index];
      if (tensor !== undefined) tensors.set(value.id, tensor);
    }
  }
}

function kernelOf(op: OpName): Kernel {
  if (op === 'Dequantize') throw failed('graph-invalid', `The float64 evaluator has no ${op}.`, { op });
  return kernels[op];
}

/** A feed that fits its declared shape; a named size is whatever the first feed with that name has. */
function checkedFeed(
  name: string,
  shape: Shape,
  feed: NumericTensor | undefined,
  sizes: Map<string, number>,
): NumericTensor {
  if (feed === undefined)
    throw failed('evaluate-feed', `Input ${name} ${shapeText(shape)} was not given.`, { input: name });
  const fits =
    feed.shape.length === shape.length &&
    shape.every((dim, axis) => {
      const size = feed.shape[axis] ?? 0;
      if (typeof dim === 'number') return dim === size;
      if (!sizes.has(dim)) sizes.set(dim, size);
      return sizes.get(dim) === size;
    });
  if (!fits || sizeOf(feed.shape) !== feed.data.length)
    throw failed(
      'evaluate-feed',
      `Input ${name} is ${shapeText(shape)}, but [${feed.shape.join(', ')}] with ${feed.data.length} ` +
        'numbers was given.',
      { input: name },
    );
  return feed;
}

/**
 * Computes `outputs` (name → value) in float64, whatever their element types: the oracle of the tests.
 * `feeds` name every input the outputs need; `bool` is 0 or 1. Throws `evaluate-feed` for a missing or unfitting feed.
 */
export function evaluate(
  outputs: { readonly [name: string]: Value },
  feeds: { readonly [name: string]: NumericTensor } = {},
  { external }: EvaluateOptions = {},
): { [name: string]: NumericTensor } {
  const tensors: Tensors = new Map();
  const sizes = new Map<string, number>();
  const { nodes, leaves } = reach(Object.values(outputs));
  for (const { id, origin, dtype, shape } of leaves) {
    if (origin.kind === 'constant') tensors.set(id, { shape: shape.map(Number), data: origin.data });
    if (origin.kind === 'input') tensors.set(id, checkedFeed(origin.name, shape, feeds[origin.name], sizes));
    if (origin.kind === 'external') {
      if (external === undefined)
        throw failed('evaluate-external', `${origin.name} lies in a file, but no reader was given.`, {
          name: origin.name,
        });
      tensors.set(id, { shape: shape.map(Number), data: external(origin.name, origin.data, dtype, shape) });
    }
  }
  runNodes(nodes, tensors);
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, tensorOf(tensors, value)]));
}
