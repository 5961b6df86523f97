import { failed } from '../failure.ts';
import { matmul } from '../graph/contraction.ts';
import { asRows } from '../graph/layout.ts';
import { type GraphNode, type Value, makeSingle } from '../graph/value.ts';
import { isStoredWeight } from '../graph/walk.ts';
import { unbroadcast } from './broadcast.ts';

/**
 * A stored weight converted anew: reusing the forward pass's conversion would keep a full-precision copy of the
 * weight alive until the backward pass reaches it.
 */
function rematerialised(value: Value): Value {
  if (value.origin.kind !== 'node' || !isStoredWeight(value)) return value;
  const { op, inputs, attributes } = value.origin.node;
  if (op === 'Loop') return value;
  return makeSingle(op, inputs.map(rematerialised), value.dtype, value.shape, attributes);
}

/**
 * `y = alpha · op(a) · op(b)`. With `op(a) = a`, `op(b) = b`: `da = alpha · dy · bᵀ`, `db = alpha · aᵀ · dy`; a
 * transposed operand swaps the roles. A matrix that multiplies a batch gets its gradient from one product over all
 * rows.
 */
export function matmulGradient(dy: Value, node: GraphNode, needed: readonly boolean[]): readonly (Value | null)[] {
  const [a, b] = node.inputs;
  const { transA, transB, alpha } = node.attributes;
  if (a === undefined || b === undefined || typeof alpha !== 'number')
    throw failed('graph-invalid', 'MatMul needs two operands and alpha.');
  const [flipA, flipB] = [transA === 1, transB === 1];
  const gradientA = (): Value => {
    const weight = rematerialised(b);
    const product = flipA
      ? matmul(weight, dy, { transposeA: flipB, transposeB: true, alpha })
      : matmul(dy, weight, { transposeB: !flipB, alpha });
    return unbroadcast(product, a);
  };
  const gradientB = (): Value => {
    if (!flipA && b.shape.length === 2 && a.shape.length > 2) {
      const [rowsA, rowsY] = [asRows(a), asRows(dy)];
      return flipB
        ? matmul(rowsY, rowsA, { transposeA: true, alpha })
        : matmul(rowsA, rowsY, { transposeA: true, alpha });
    }
    const left = rematerialised(a);
    const product = flipB
      ? matmul(dy, left, { transposeA: true, transposeB: flipA, alpha })
      : matmul(left, dy, { transposeA: !flipA, alpha });
    return unbroadcast(product, b);
  };
  return [needed[0] === true ? gradientA() : null, needed[1] === true ? gradientB() : null];
}
