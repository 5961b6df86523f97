import { reach, resolve } from './walk.ts';
import { shapeText } from './shape.ts';
import type { Value } from './value.ts';

/** A readable listing of what `outputs` compute, one node a line, in order of execution. */
export function listing(outputs: { readonly [name: string]: Value }): string {
  const { nodes, leaves } = reach(Object.values(outputs));
  const names = new Map<number, string>();
  const text = (value: Value): string => names.get(resolve(value).id) ?? '?';
  const lines: string[] = [];
  for (const leaf of leaves) {
    const name = leaf.origin.kind === 'input' || leaf.origin.kind === 'external' ? leaf.origin.name : `%${names.size}`;
    names.set(leaf.id, name);
    lines.push(`${name}: ${leaf.dtype}${shapeText(leaf.shape)} = ${leaf.origin.kind}`);
  }
  for (const node of nodes) {
    for (const output of node.outputs) names.set(output.id, `%${names.size}`);
    const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}=${String(value)}`);
    const made = node.outputs.map((output) => `${text(output)}: ${output.dtype}${shapeText(output.shape)}`);
    const scope = node.scope.length === 0 ? '' : `  # ${node.scope.join('/')}`;
    lines.push(`${made.join(', ')} = ${node.op}(${node.inputs.map(text).join(', ')})${attributes.join('')}${scope}`);
  }
  return [...lines, ...Object.entries(outputs).map(([name, value]) => `return ${name} = ${text(value)}`)].join('\n');
}
