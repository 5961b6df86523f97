import type { GraphNode, Value } from './value.ts';

/** The value that is computed: regions are only a view for autodiff. */
export function resolve(value: Value): Value {
  let current = value;
  while (current.origin.kind === 'region') {
    const inner = current.origin.region.inner[current.origin.index];
    if (inner === undefined) return current;
    current = inner;
  }
  return current;
}

/** Values a node reads, with what its loop body reaches. */
export function dependencies(node: GraphNode): readonly Value[] {
  return node.body === null ? node.inputs : [...node.inputs, ...node.body.outputs];
}

export interface Reached {
  /** In order of creation, which is an order of execution. */
  readonly nodes: readonly GraphNode[];
  /** Inputs, constants, external tensors and loop body inputs, in order of creation. */
  readonly leaves: readonly Value[];
}

/** Everything the outputs depend on, and nothing else: dead code never appears. */
export function reach(outputs: readonly Value[]): Reached {
  const nodes = new Map<number, GraphNode>();
  const leaves = new Map<number, Value>();
  const pending = outputs.map(resolve);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.origin.kind !== 'node') {
      leaves.set(value.id, value);
    } else if (!nodes.has(value.origin.node.id)) {
      nodes.set(value.origin.node.id, value.origin.node);
      for (const dependency of dependencies(value.origin.node)) pending.push(resolve(dependency));
    }
  }
  return {
    nodes: [...nodes.values()].sort((a, b) => a.id - b.id),
    leaves: [...leaves.values()].sort((a, b) => a.id - b.id),
  };
}

/** Whether a value is a stored weight, or one converted to another element type. */
export function isStoredWeight(value: Value): boolean {
  const { origin } = resolve(value);
  if (origin.kind === 'external') return true;
  return (
    origin.kind === 'node' &&
    (origin.node.op === 'Cast' || origin.node.op === 'Dequantize') &&
    origin.node.inputs.every(isStoredWeight)
  );
}

/**
 * Nodes of a loop body: those that depend on one of its inputs, and conversions of weights where it says so. The rest
 * of what it uses belongs outside.
 */
export function bodyNodes(node: GraphNode): readonly GraphNode[] {
  const { body } = node;
  if (body === null) return [];
  const inside = new Set<number>(body.inputs.map((value) => value.id));
  return reach(body.outputs).nodes.filter((candidate) => {
    const depends =
      dependencies(candidate).some((value) => inside.has(resolve(value).id)) ||
      (body.convertsWeights && candidate.outputs.every(isStoredWeight));
    if (depends) for (const output of candidate.outputs) inside.add(output.id);
    return depends;
  });
}

/** The nodes that are in no loop body of these nodes: each loop runs its own. */
export function outsideLoopBodies(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const inner = new Set(nodes.flatMap((node) => bodyNodes(node).map(({ id }) => id)));
  return nodes.filter(({ id }) => !inner.has(id));
}
