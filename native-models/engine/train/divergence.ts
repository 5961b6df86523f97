import { type Failure, failed } from '../../failure.ts';

function diverged(what: string, step: number): Failure {
  return failed(
    'training-diverged',
    `${what} is not a number at step ${step}. The last good checkpoint is kept; start again with a smaller ` +
      'learning rate.',
    { step, what },
  );
}

/** Throws `training-diverged` naming the first of `numbers` that is none: it must never get into a checkpoint. */
export function requireFinite(numbers: { readonly [name: string]: number | null | undefined }, step: number): void {
  const bad = Object.keys(numbers).find((name) => !Number.isFinite(numbers[name]));
  if (bad !== undefined) throw diverged(bad, step);
}

/** The same for the parameters after step `step`, whose own loss was still a number. */
export function requireFiniteParameters(parameters: Float32Array, step: number): void {
  if (!parameters.every(Number.isFinite)) throw diverged('a parameter', step);
}
