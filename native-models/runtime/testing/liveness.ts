import type { GraphNode, Value } from '../../graph/value.ts';
import { bodyNodes, isStoredWeight, outsideLoopBodies, reach, resolve } from '../../graph/walk.ts';

/** Bytes that live at the moment of a graph's run when most do. */
export interface Liveness {
  readonly peakBytes: number;
  /** Of the peak, by the scope of the node that made a value. */
  readonly byScope: ReadonlyMap<string, number>;
}

/** Operators whose result is their input's own memory. */
const views: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'Unsqueeze']);
/** Operators that ONNX Runtime lets write over an input of the same size that nobody needs any more. */
const inPlace: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
  'Exp',
  'Sqrt',
  'Log',
  'Reciprocal',
  'Sigmoid',
  'Softmax',
  'Silu',
  'Where',
  'Abs',
  'Max',
  'Min',
]);
const elementBytes: { readonly [dtype: string]: number } = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int4: 0.5,
  uint8: 1,
  bool: 1,
};

/**
 * What a graph's values need when its nodes run in their order, each value freed after its last use. Weights as stored
 * do not count; weights converted for one use do. `bytesOf` gives the size of a shape's dimension.
 */
export function liveness(
  outputs: { readonly [name: string]: Value },
  sizeOf: (dim: Value['shape'][number]) => number,
): Liveness {
  const wanted = Object.values(outputs).map(resolve);
  const all = reach(wanted).nodes;
  const loop = all.find(({ body }) => body !== null);
  const nodes = loop === undefined ? outsideLoopBodies(all) : bodyNodes(loop);
  const results = loop?.body === undefined || loop.body === null ? wanted : loop.body.outputs.map(resolve);
  const roots = new Map<number, number>();
  const rootOf = (value: Value): number => roots.get(resolve(value).id) ?? resolve(value).id;
  const lastUse = new Map<number, number>();
  nodes.forEach((node, at) => {
    const [first] = node.inputs;
    if (views.has(node.op) && first !== undefined)
      for (const output of node.outputs) roots.set(output.id, rootOf(first));
    for (const input of node.inputs) lastUse.set(rootOf(input), at);
  });
  for (const result of results) lastUse.set(rootOf(result), Infinity);

  const alive = new Map<number, { readonly bytes: number; readonly scope: string }>();
  let [now, peak, byScope] = [0, 0, new Map<string, number>()];
  const free = (root: number): void => {
    now -= alive.get(root)?.bytes ?? 0;
    alive.delete(root);
  };
  nodes.forEach((node, at) => {
    const dying = [...new Set(node.inputs.map(rootOf))].filter((root) => lastUse.get(root) === at && alive.has(root));
    for (const output of node.outputs) {
      if (roots.has(output.id)) continue;
      const bytes = bytesOf(output, sizeOf);
      const reused = inPlace.has(node.op) ? dying.findIndex((root) => alive.get(root)?.bytes === bytes) : -1;
      if (reused !== -1) dying.splice(reused, 1).forEach(free);
      alive.set(output.id, { bytes, scope: scopeOf(node) });
      now += bytes;
    }
    if (now > peak) {
      peak = now;
      byScope = new Map();
      for (const { bytes, scope } of alive.values()) byScope.set(scope, (byScope.get(scope) ?? 0) + bytes);
    }
    dying.forEach(free);
    for (const output of node.outputs) if (!lastUse.has(output.id)) free(output.id);
  });
  return { peakBytes: peak, byScope };
}

function bytesOf(value: Value, sizeOf: (dim: Value['shape'][number]) => number): number {
  return value.shape.reduce<number>((product, dim) => product * sizeOf(dim), elementBytes[value.dtype] ?? 4);
}

function scopeOf(node: GraphNode): string {
  return isConversion(node) ? 'weights converted' : (node.scope[0] ?? '');
}

function isConversion(node: GraphNode): boolean {
  return node.outputs.every(isStoredWeight);
}
