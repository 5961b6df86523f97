import { onnxDType } from '../tensor-bytes.ts';
import { barrierByEmptySlices } from './barrier.ts';
import { type LoweringTable, type NodeWriter, listAttribute, numberAttribute, operand, result } from './writer.ts';
import { isUntold } from '../shape.ts';
import type { GraphNode } from '../value.ts';

/** ONNX has the same operator: same inputs, no attributes. */
function same(node: GraphNode, write: NodeWriter): void {
  write.node(
    node.op,
    node.inputs.map((value) => write.name(value)),
    [write.name(result(node))],
  );
}

/** Same operator, over the last axis. */
function overLastAxis(node: GraphNode, write: NodeWriter): void {
  write.node(node.op, [write.name(operand(node, 0))], [write.name(result(node))], { axis: -1 });
}

function reduction(node: GraphNode, write: NodeWriter): void {
  write.node(
    node.op,
    [write.name(operand(node, 0)), write.integers(listAttribute(node, 'axes'))],
    [write.name(result(node))],
    { keepdims: numberAttribute(node, 'keepdims') },
  );
}

/** Forms that every provider takes, in operator sets 18 to 21. */
export const commonLowerings = {
  Add: same,
  Sub: same,
  Mul: same,
  Div: same,
  Max: same,
  Min: same,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Reciprocal: same,
  Sigmoid: same,
  Abs: same,
  Less: same,
  LessOrEqual: same,
  Greater: same,
  Equal: same,
  And: same,
  Or: same,
  Not: same,
  Where: same,
  Softmax: overLastAxis,
  LogSoftmax: overLastAxis,
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ArgMax: (node, write) =>
    write.node('ArgMax', [write.name(operand(node, 0))], [write.name(result(node))], { axis: -1, keepdims: 0 }),
  CumSum: (node, write) => {
    const x = operand(node, 0);
    write.node('CumSum', [write.name(x), write.integers([x.shape.length - 1])], [write.name(result(node))], {
      exclusive: numberAttribute(node, 'exclusive'),
    });
  },
  TopK: (node, write) =>
    write.node(
      'TopK',
      [write.name(operand(node, 0)), write.integers([numberAttribute(node, 'k')])],
      node.outputs.map((value) => write.name(value)),
      { axis: -1, largest: 1, sorted: 1 },
    ),
  Cast: (node, write) =>
    write.node('Cast', [write.name(operand(node, 0))], [write.name(result(node))], {
      to: onnxDType[result(node).dtype],
    }),
  Dequantize: (node, write) =>
    write.node(
      'DequantizeLinear',
      [write.name(operand(node, 0)), write.name(operand(node, 1))],
      [write.name(result(node))],
      { axis: 1, block_size: numberAttribute(node, 'blockSize') },
    ),
  Reshape: (node, write) => {
    const target = listAttribute(node, 'shape');
    write.node(
      'Reshape',
      [
        write.name(operand(node, 0)),
        isUntold(result(node).shape) ? write.untoldIntegers(target) : write.integers(target),
      ],
      [write.name(result(node))],
    );
  },
  Expand: (node, write) =>
    write.node(
      'Expand',
      [write.name(operand(node, 0)), write.integers(listAttribute(node, 'shape'))],
      [write.name(result(node))],
    ),
  Transpose: (node, write) =>
    write.node('Transpose', [write.name(operand(node, 0))], [write.name(result(node))], {
      perm: listAttribute(node, 'perm'),
    }),
  Concat: (node, write) =>
    write.node(
      'Concat',
      node.inputs.map((value) => write.name(value)),
      [write.name(result(node))],
      { axis: numberAttribute(node, 'axis') },
    ),
  Slice: (node, write) => {
    const bounds = ['start', 'end', 'axis'].map((name) => write.integers([numberAttribute(node, name)]));
    write.node('Slice', [write.name(operand(node, 0)), ...bounds], [write.name(result(node))]);
  },
  Leading: (node, write) => {
    const axes = operand(node, 0).shape.map((_, axis) => axis);
    write.node(
      'Slice',
      [
        write.name(operand(node, 0)),
        write.integers(axes.map(() => 0)),
        write.name(operand(node, 1)),
        write.integers(axes),
      ],
      [write.name(result(node))],
    );
  },
  Gather: (node, write) =>
    write.node('Gather', [write.name(operand(node, 0)), write.name(operand(node, 1))], [write.name(result(node))], {
      axis: 0,
    }),
  GatherElements: (node, write) =>
    write.node(
      'GatherElements',
      [write.name(operand(node, 0)), write.name(operand(node, 1))],
      [write.name(result(node))],
      { axis: -1 },
    ),
  ScatterRows: (node, write) => {
    // Not ScatterND: its `add` races on the CPU. With ONNX Runtime 1.30, 4096 × 64 updates of one row and 4 threads, 39
    // of
    // 40 runs differed and updates were lost (up to 60 % off); ScatterElements gave the same, right bytes every time.
    const updates = operand(node, 1);
    const width = numberAttribute(node, 'width');
    const [column, indices, zeros] = [write.temporary('int64'), write.temporary('int64'), write.temporary()];
    write.node('Unsqueeze', [write.name(operand(node, 0)), write.integers([1])], [column]);
    write.node('Expand', [column, write.integers([1, width])], [indices]);
    write.node(
      'Expand',
      [write.scalarLike(updates, 0), write.integers([numberAttribute(node, 'rows'), width])],
      [zeros],
    );
    write.node('ScatterElements', [zeros, indices, write.name(updates)], [write.name(result(node))], {
      axis: 0,
      reduction: 'add',
    });
  },
  ScatterLast: (node, write) => {
    const zeros = write.temporary();
    write.node('Mul', [write.name(operand(node, 0)), write.scalarLike(operand(node, 0), 0)], [zeros]);
    write.node(
      'ScatterElements',
      [zeros, write.name(operand(node, 1)), write.name(operand(node, 2))],
      [write.name(result(node))],
      { axis: -1, reduction: 'add' },
    );
  },
  Barrier: barrierByEmptySlices,
} satisfies Partial<LoweringTable>;
