import { bodyNodes } from '../walk.ts';
import type { GraphNode, LoopBody } from '../value.ts';
import { tensorAt } from './kernel.ts';
import { type NumericTensor, sizeOf } from './tensor.ts';

/** Runs nodes in order and gives the tensors of `wanted`; `given` are known already. */
export type RunNodes = (
  nodes: readonly GraphNode[],
  given: readonly (readonly [id: number, tensor: NumericTensor])[],
  wanted: LoopBody['outputs'],
) => readonly NumericTensor[];

/**
 * The ONNX `Loop`: trips and first condition, then what is carried; the last carried values, then the stacked scans.
 */
export function runLoop(
  node: GraphNode,
  body: LoopBody,
  inputs: readonly NumericTensor[],
  run: RunNodes,
): readonly NumericTensor[] {
  const [trips, condition, ...start] = inputs;
  const nodes = bodyNodes(node);
  const scanCount = body.outputs.length - 1 - start.length;
  const scans = Array.from({ length: scanCount }, (): NumericTensor[] => []);
  let carried = start;
  let goOn = condition;
  for (let iteration = 0; iteration < (trips?.data[0] ?? 0) && goOn?.data[0] === 1; iteration++) {
    const values = [{ shape: [], data: Float64Array.of(iteration) }, goOn, ...carried];
    const outputs = run(
      nodes,
      body.inputs.map(({ id }, index) => [id, tensorAt(values, index)] as const),
      body.outputs,
    );
    goOn = outputs[0];
    carried = outputs.slice(1, 1 + start.length);
    for (const [index, scan] of outputs.slice(1 + start.length).entries()) scans[index]?.push(scan);
  }
  return [
    ...carried,
    ...scans.map((parts, index) =>
      stacked(
        parts,
        body.outputs[1 + start.length + index]?.shape.map((dim) => (typeof dim === 'number' ? dim : 0)) ?? [],
      ),
    ),
  ];
}

/** Parts of one shape along a new first axis; `[0, ...]` when there are none. */
function stacked(parts: readonly NumericTensor[], emptyShape: readonly number[]): NumericTensor {
  const shape = [parts.length, ...(parts[0]?.shape ?? emptyShape)];
  const data = new Float64Array(sizeOf(shape));
  for (const [index, part] of parts.entries()) data.set(part.data, index * part.data.length);
  return { shape, data };
}
