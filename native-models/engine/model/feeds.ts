import type { SessionTensor, SessionTensors } from '../../runtime/tensor.ts';
import type { BatchLayout } from '../../text/batch-layout.ts';

/** A float32 tensor at the session's boundary. */
export function floats(shape: readonly number[], data: Float32Array | readonly number[]): SessionTensor {
  return { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** An int64 tensor at the session's boundary. */
export function integers(shape: readonly number[], data: BigInt64Array | readonly number[]): SessionTensor {
  return { dtype: 'int64', shape, data: data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt) };
}

/** The numbers of a float32 output. */
export function floatOutput(outputs: SessionTensors, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor?.dtype !== 'float32') throw new TypeError(`output ${name} is not float32`);
  return tensor.data;
}

/** The number of a float32 output `[1]`. */
export function singleOutput(outputs: SessionTensors, name: string): number {
  return floatOutput(outputs, name)[0] ?? Number.NaN;
}

/** The token inputs of a graph (`tokenInputs`) from rows laid out by text/batch. */
export function layoutFeeds({
  rows,
  rowLength,
  tokens,
  positions,
  document,
  branch,
  responseCount,
  responseRows,
  targets,
  rowUse,
}: BatchLayout): SessionTensors {
  const places = [rows, rowLength];
  const cells = rows * rowLength;
  return {
    tokens: integers(places, tokens),
    positions: integers(places, positions),
    document: integers(places, document),
    branch: integers(places, branch),
    slots: integers(
      places,
      BigInt64Array.from({ length: cells }, (_, cell) => BigInt(cell % rowLength)),
    ),
    response_rows: integers([responseCount], responseRows),
    targets: integers([responseCount], targets),
    row_use_first: integers(places, rowUse.subarray(0, cells)),
    row_use_second: integers(places, rowUse.subarray(cells)),
  };
}
