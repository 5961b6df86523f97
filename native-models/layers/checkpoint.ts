import { failed } from '../failure.ts';
import { gradients } from '../autodiff/gradients.ts';
import { barrier } from '../graph/fused.ts';
import { type Value, makeRegion } from '../graph/value.ts';

/**
 * `build(x)`, whose inner values are not kept for the backward pass but computed again there (arXiv 1604.06174).
 * The recomputation starts from `x` behind a barrier on the upstream gradient and on the parameter gradients of the
 * layer above, so that only one layer's values are alive at a time. `trainable` are the parameters `build` uses.
 */
export function checkpointed(x: Value, trainable: readonly Value[], build: (x: Value) => Value): Value {
  const [output] = makeRegion({
    name: 'checkpoint',
    inputs: [x, ...trainable],
    inner: [build(x)],
    recomputes: true,
    gradient: ([upstream], needed, { after }) => {
      if (upstream === null || upstream === undefined) return [null, ...trainable.map(() => null)];
      const start = barrier(x, [upstream, ...after]);
      const made = gradients(
        [{ output: build(start), seed: upstream }],
        [start, ...trainable.filter((_, index) => needed[index + 1] === true)],
      );
      const parameters = made.slice(1)[Symbol.iterator]();
      return [
        made[0] ?? null,
        ...trainable.map((_, index) => (needed[index + 1] === true ? (parameters.next().value ?? null) : null)),
      ];
    },
  });
  if (output === undefined) throw failed('graph-invalid', 'A checkpoint was made without an output.');
  return output;
}
