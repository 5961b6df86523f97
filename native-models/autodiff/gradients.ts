import { failed } from '../failure.ts';
import { add, mul } from '../graph/elementwise.ts';
import { expand } from '../graph/layout.ts';
import type { Scope } from '../graph/scope.ts';
import { type GraphNode, type Region, type Value, scalar, constant, withScope } from '../graph/value.ts';
import { resolve } from '../graph/walk.ts';
import { rules } from './rules.ts';

export interface GradientOptions {
  /** Differentiate what is inside regions instead of using their own rules: the check of every such rule. */
  readonly throughRegions?: boolean;
}

/** A unit of the backward pass: a node, or a region with a rule of its own. */
type Unit = {
  readonly id: number;
  readonly inputs: readonly Value[];
  readonly outputs: number;
  readonly node: GraphNode | null;
  readonly region: Region | null;
};

function view(value: Value, throughRegions: boolean): Value {
  return throughRegions ? resolve(value) : value;
}

function unitOf(value: Value): Unit | null {
  if (value.origin.kind === 'node') {
    const { node } = value.origin;
    // What a loop's body uses from outside counts as an input, so that a gradient towards it is refused, not lost.
    return {
      id: node.id,
      inputs: [...node.inputs, ...(node.body?.outputs ?? [])],
      outputs: node.outputs.length,
      node,
      region: null,
    };
  }
  if (value.origin.kind === 'region') {
    const { region } = value.origin;
    // The first output's id: later than everything inside, earlier than every use.
    return {
      id: value.id - value.origin.index,
      inputs: region.inputs,
      outputs: region.inner.length,
      node: null,
      region,
    };
  }
  return null;
}

/** Keeps which values lead to one of `targets`; everything else is left out of the backward pass. */
function dependence(targets: readonly Value[], throughRegions: boolean): (value: Value) => boolean {
  const known = new Map<number, boolean>(targets.map((target) => [view(target, throughRegions).id, true]));
  return (start) => {
    const stack = [view(start, throughRegions)];
    for (let value = stack.at(-1); value !== undefined; value = stack.at(-1)) {
      if (known.has(value.id)) {
        stack.pop();
        continue;
      }
      const inputs = (unitOf(value)?.inputs ?? []).map((dependency) => view(dependency, throughRegions));
      const open = inputs.filter((dependency) => !known.has(dependency.id));
      for (const dependency of open) stack.push(dependency);
      if (open.length === 0)
        known.set(
          value.id,
          inputs.some((dependency) => known.get(dependency.id) === true),
        );
    }
    return known.get(view(start, throughRegions).id) === true;
  };
}

/**
 * Reverse-mode gradients of `Σ ⟨seed, output⟩` with respect to `targets`, built of ordinary nodes; one per target, of
 * its shape and element type. A target is a leaf here: nothing flows past it. Throws `graph-invalid` naming the
 * operator when a needed rule is missing.
 */
export function gradients(
  seeds: readonly { readonly output: Value; readonly seed: Value }[],
  targets: readonly Value[],
  options: GradientOptions = {},
): readonly Value[] {
  const throughRegions = options.throughRegions ?? false;
  const leads = dependence(targets, throughRegions);
  const isTarget = new Set(targets.map((target) => view(target, throughRegions).id));
  const sums = new Map<number, Value>();
  const units = new Map<number, { unit: Unit; values: Map<number, Value> }>();

  const visit = (start: Value): void => {
    const stack = [view(start, throughRegions)];
    for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
      const unit = unitOf(value);
      if (unit === null || isTarget.has(value.id) || !leads(value)) continue;
      const seen = units.get(unit.id);
      const index = value.origin.kind === 'node' || value.origin.kind === 'region' ? value.origin.index : 0;
      if (seen !== undefined) {
        seen.values.set(index, value);
        continue;
      }
      units.set(unit.id, { unit, values: new Map([[index, value]]) });
      for (const dependency of unit.inputs) stack.push(view(dependency, throughRegions));
    }
  };
  const accumulate = (value: Value, gradient: Value): void => {
    const { id } = view(value, throughRegions);
    const sum = sums.get(id);
    sums.set(id, sum === undefined ? gradient : add(sum, gradient));
  };

  for (const { output, seed } of seeds) {
    visit(output);
    accumulate(output, seed);
  }
  let after: Value[] = [];
  for (const { unit, values } of [...units.values()].sort((a, b) => b.unit.id - a.unit.id)) {
    const upstream = Array.from({ length: unit.outputs }, (_, index) => {
      const value = values.get(index);
      return value === undefined ? null : (sums.get(value.id) ?? null);
    });
    if (upstream.every((gradient) => gradient === null)) continue;
    const needed = unit.inputs.map((dependency) => leads(dependency));
    const made = withScope(scopeOf(unit), () => backward(unit, upstream, needed, after));
    if (made.length !== unit.inputs.length)
      throw failed(
        'graph-invalid',
        `The rule of ${unit.node?.op ?? unit.region?.name} returned ${made.length} gradients for ` +
          `${unit.inputs.length} inputs.`,
      );
    for (const [index, dependency] of unit.inputs.entries()) {
      const gradient = made[index];
      if (gradient !== null && gradient !== undefined && needed[index] === true) accumulate(dependency, gradient);
    }
    if (unit.region?.recomputes === true) after = [];
    for (const [index, gradient] of made.entries()) {
      if (gradient !== null && isTarget.has(view(unit.inputs[index] ?? gradient, throughRegions).id))
        after.push(gradient);
    }
  }
  return targets.map((target) => sums.get(view(target, throughRegions).id) ?? zeros(target));
}

function backward(
  unit: Unit,
  upstream: readonly (Value | null)[],
  needed: readonly boolean[],
  after: readonly Value[],
): readonly (Value | null)[] {
  if (unit.region !== null) return unit.region.gradient(upstream, needed, { after });
  const rule = unit.node === null || unit.node.op === 'Loop' ? null : rules[unit.node.op];
  if (unit.node === null || rule === null)
    throw failed('graph-invalid', `There is no gradient rule for ${unit.node?.op ?? 'this value'}.`, {
      op: unit.node?.op ?? '',
    });
  return rule(unit.node, upstream, needed);
}

/** The part of the model that a unit belongs to: its gradient is named after it. What is made again names itself. */
function scopeOf({ node, region }: Unit): Scope {
  if (node !== null) return node.scope;
  const origin = region?.recomputes === true ? undefined : region?.inner[0]?.origin;
  return origin?.kind === 'node' ? origin.node.scope : [];
}

/** The gradient of something the outputs do not depend on. */
function zeros(target: Value): Value {
  const zero = scalar(target.dtype, 0);
  return target.shape.every((dim) => typeof dim === 'number')
    ? expand(zero, target.shape.map(Number))
    : mul(target, zero);
}

/** The seed of a loss: a one of its shape. */
export function one(loss: Value): Value {
  const shape = loss.shape.map(Number);
  return constant(loss.dtype, shape, new Float64Array(shape.reduce((product, dim) => product * dim, 1)).fill(1));
}
