/**
 * In which versions of the standard operator set (up to 21) the definition of an operator changed. A node has the
 * newest version not above the model's operator set. Source: docs/Changelog.md of https://github.com/onnx/onnx.
 * SimplifiedLayerNormalization is ONNX Runtime's own, registered in the standard domain.
 */
const changes: { readonly [operators: string]: readonly number[] } = {
  'Add Sub Mul Div': [7, 13, 14],
  'Max Min': [8, 12, 13],
  'Neg Abs Exp Log Sqrt Reciprocal Sigmoid': [6, 13],
  'Less Greater': [7, 9, 13],
  LessOrEqual: [12, 16],
  Equal: [7, 11, 13, 19],
  'And Or': [7],
  Not: [1],
  Where: [9, 16],
  'Softmax LogSoftmax ReduceSum': [1, 11, 13],
  ReduceMean: [1, 11, 13, 18],
  ReduceMax: [1, 11, 12, 13, 18, 20],
  ArgMax: [1, 11, 12, 13],
  CumSum: [11, 14],
  TopK: [1, 10, 11],
  Cast: [6, 9, 13, 19, 21],
  Reshape: [5, 13, 14, 19, 21],
  Expand: [8, 13],
  Transpose: [1, 13, 21],
  Unsqueeze: [1, 11, 13, 21],
  Concat: [4, 11, 13],
  Slice: [1, 10, 11, 13],
  Gather: [1, 11, 13],
  GatherElements: [11, 13],
  ScatterElements: [11, 13, 16, 18],
  Identity: [1, 13, 14, 16, 19, 21],
  Loop: [1, 11, 13, 16, 19, 21],
  MatMul: [1, 9, 13],
  Gemm: [7, 9, 11, 13],
  DequantizeLinear: [10, 13, 19, 21],
  SimplifiedLayerNormalization: [1],
};

const versions = new Map(
  Object.entries(changes).flatMap(([operators, list]) =>
    operators.split(' ').map((operator) => [operator, list] as const),
  ),
);

/** The version a standard operator has in a model of operator set `opset`; `null` for one that is not listed. */
export function operatorVersion(operator: string, opset: number): number | null {
  return versions.get(operator)?.findLast((version) => version <= opset) ?? null;
}
