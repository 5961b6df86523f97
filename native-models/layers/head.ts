import { failed } from '../failure.ts';
import { add, cast, exp, mul, sub } from '../graph/elementwise.ts';
import { logSoftmax, matmul } from '../graph/contraction.ts';
import { barrier } from '../graph/fused.ts';
import { concat, gather, gatherLast, reshape, slice } from '../graph/layout.ts';
import { dimAt, productDim, staticDim } from '../graph/shape.ts';
import { type DType, type Value, constant, makeRegion } from '../graph/value.ts';
import { capSlope, softCap } from './caps.ts';

/** Which hidden states predict a response token, and the way back. */
export interface ResponseRows {
  /** `[rows]` int64: flat index batch·seq of the state that predicts each response token. */
  readonly rows: Value;
  /** `[rows]` int64: the token predicted. */
  readonly targets: Value;
  /**
   * Two `[batch, seq]` int64: which rows use this state; `rows` where none does. The last prompt token serves both
   * responses.
   */
  readonly uses: readonly [Value, Value];
}

/**
 * The states of `hidden [batch, seq, width]` that predict response tokens: `[rows, width]`. No scatter in its gradient.
 */
export function selectRows(hidden: Value, { rows, uses }: ResponseRows): Value {
  const width = staticDim(hidden.shape, -1);
  const selected = gather(reshape(hidden, [productDim(hidden.shape.slice(0, -1)), width]), rows);
  const [output] = makeRegion({
    name: 'selectRows',
    inputs: [hidden],
    inner: [selected],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null];
      const none = constant(hidden.dtype, [1, width], new Float64Array(width));
      const extended = concat([upstream, none], 0, 'rows and none');
      return [add(gather(extended, uses[0]), gather(extended, uses[1]))];
    },
  });
  if (output === undefined) throw failed('graph-invalid', 'selectRows was made without an output.');
  return output;
}

/** The head's weight: whole for products, and single rows of it for the targets. */
export interface HeadWeight {
  /** In the element type of products. */
  readonly whole: Value;
  /** In the element type of log-probabilities. */
  readonly rows: (indices: Value) => Value;
}

/**
 * Log-probability of each target in `islands`, with ordinary gradients: for a head that is trained. `[rows, width] →
 * [rows]`.
 */
export function targetLogps(
  states: Value,
  targets: Value,
  weight: Value,
  { islands, logitCap, bias }: Pick<FrozenHeadSettings, 'islands' | 'logitCap' | 'bias'>,
): Value {
  const rows = dimAt(states.shape, 0);
  const products = shifted(cast(matmul(states, weight, { transposeB: true }), islands), bias);
  const logps = logSoftmax(softCap(products, logitCap));
  return reshape(gatherLast(logps, reshape(targets, [rows, 1])), [rows]);
}

export interface FrozenHeadSettings {
  /** Equal parts of the rows; their number must divide by it. */
  readonly chunks: number;
  /** Element type of log-probabilities. */
  readonly islands: DType;
  /** Logits z become `cap · tanh(z / cap)`; `null` leaves them. */
  readonly logitCap: number | null;
  readonly forTraining: boolean;
  /** `[vocabulary]`, added to products before their cap, in the element type of log-probabilities. */
  readonly bias: Value | null;
}

/** Products with the head and its bias, where it has one. */
export function shifted(products: Value, bias: Value | null): Value {
  return bias === null ? products : add(products, bias);
}

/**
 * The same for a frozen head, in one pass and in equal parts of the rows, all of which use one converted weight:
 * only the log-probability and its gradient `u = W[target] − softmax · W` are kept, never the logits; later
 * `dStates = u · dLogp`. Valid because each row's loss weight is one number.
 */
export function frozenTargetLogps(
  states: Value,
  targets: Value,
  weight: HeadWeight,
  { chunks, islands, logitCap, forTraining, bias }: FrozenHeadSettings,
): Value {
  const width = staticDim(states.shape, -1);
  const rows = dimAt(states.shape, 0);
  const stateChunks = reshape(states, [chunks, 'chunk rows', width]);
  const targetChunks = reshape(targets, [chunks, 'chunk rows']);
  const parts = Array.from({ length: chunks }, (_, index) => {
    const part = reshape(slice(stateChunks, 0, index, index + 1), ['chunk rows', width]);
    const target = reshape(slice(targetChunks, 0, index, index + 1), ['chunk rows']);
    const products = cast(matmul(part, weight.whole, { transposeB: true }), islands);
    const logits = softCap(shifted(products, bias), logitCap);
    const logps = logSoftmax(logits);
    const logp = gatherLast(logps, reshape(target, ['chunk rows', 1]));
    if (!forTraining) return { logp, direction: null };
    const slope = logitCap === null ? null : capSlope(logits, logitCap);
    const towards = weight.rows(target);
    const direction =
      slope === null
        ? sub(towards, cast(matmul(cast(exp(logps), states.dtype), weight.whole), islands))
        : sub(
            mul(towards, gatherLast(slope, reshape(target, ['chunk rows', 1]))),
            cast(matmul(cast(mul(exp(logps), slope), states.dtype), weight.whole), islands),
          );
    // Without the barrier every chunk's logits would stay until the gradient is asked for.
    return { logp: barrier(logp, [direction]), direction };
  });
  const [output] = makeRegion({
    name: 'head',
    inputs: [states],
    inner: [
      reshape(
        concat(
          parts.map(({ logp }) => logp),
          0,
          rows,
        ),
        [rows],
      ),
    ],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null];
      const directions = parts.flatMap(({ direction }) => (direction === null ? [] : [direction]));
      if (directions.length !== chunks)
        throw failed('head-not-for-training', 'The head was built forward only; its gradient was asked for.');
      return [cast(mul(concat(directions, 0, rows), reshape(upstream, [rows, 1])), states.dtype)];
    },
  });
  if (output === undefined) throw failed('graph-invalid', 'The head was made without an output.');
  return output;
}
