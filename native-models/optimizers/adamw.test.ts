import { describe, expect, it } from 'vitest';
import { evaluate } from '../graph/evaluate/evaluate.ts';
import { input } from '../graph/value.ts';
import { type AdamWSettings, adamW } from './adamw.ts';

const plain: AdamWSettings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 };

interface State {
  readonly parameters: readonly number[];
  readonly firstMoment: readonly number[];
  readonly secondMoment: readonly number[];
}

/** One step in float64. */
function step(
  state: State,
  gradient: readonly number[],
  number: number,
  learningRate: number,
  settings: AdamWSettings,
  decayed = gradient.length,
): State & { readonly gradNorm: number } {
  const size = gradient.length;
  const flat = (name: string) => input(name, 'float64', [size]);
  const single = (name: string) => input(name, 'float64', [1]);
  const made = adamW(
    { parameters: flat('parameters'), firstMoment: flat('first'), secondMoment: flat('second') },
    flat('gradient'),
    { learningRate: single('rate'), correction1: single('c1'), correction2: single('c2') },
    settings,
    decayed,
  );
  const vector = (data: readonly number[]) => ({ shape: [data.length], data: Float64Array.from(data) });
  const outputs = evaluate(
    {
      parameters: made.parameters,
      firstMoment: made.firstMoment,
      secondMoment: made.secondMoment,
      gradNorm: made.gradNorm,
    },
    {
      parameters: vector(state.parameters),
      first: vector(state.firstMoment),
      second: vector(state.secondMoment),
      gradient: vector(gradient),
      rate: vector([learningRate]),
      c1: vector([1 - settings.beta1 ** number]),
      c2: vector([1 - settings.beta2 ** number]),
    },
  );
  const numbers = (name: string): readonly number[] => Array.from(outputs[name]?.data ?? []);
  return {
    parameters: numbers('parameters'),
    firstMoment: numbers('firstMoment'),
    secondMoment: numbers('secondMoment'),
    gradNorm: numbers('gradNorm')[0] ?? Number.NaN,
  };
}

const start = (parameters: readonly number[]): State => ({
  parameters,
  firstMoment: parameters.map(() => 0),
  secondMoment: parameters.map(() => 0),
});

describe('AdamW', () => {
  it('moves each parameter by the learning rate at its first step, whatever the size of the gradient', () => {
    const { parameters } = step(start([1, 2, 3]), [1e-3, -50, 0], 1, 0.1, plain);
    expect(parameters[0]).toBeCloseTo(0.9, 5);
    expect(parameters[1]).toBeCloseTo(2.1, 8);
    expect(parameters[2]).toBe(3);
  });

  it('two steps by hand', () => {
    const first = step(start([1]), [2], 1, 0.1, plain);
    expect(first.firstMoment[0]).toBeCloseTo(0.2, 14);
    expect(first.secondMoment[0]).toBeCloseTo(0.04, 14);
    const second = step(first, [-1], 2, 0.1, plain);
    const [m, v] = [0.9 * 0.2 - 0.1, 0.99 * 0.04 + 0.01];
    expect(second.firstMoment[0]).toBeCloseTo(m, 14);
    expect(second.secondMoment[0]).toBeCloseTo(v, 14);
    expect(second.parameters[0]).toBeCloseTo(
      (first.parameters[0] ?? 0) - (0.1 * m) / 0.19 / (Math.sqrt(v / 0.0199) + 1e-8),
      12,
    );
  });

  it('decays only the first parameters, by rate times decay, apart from the gradient', () => {
    const { parameters, firstMoment } = step(start([1, 1]), [0, 0], 1, 0.1, { ...plain, weightDecay: 0.5 }, 1);
    expect(parameters).toEqual([0.95, 1]);
    expect(firstMoment).toEqual([0, 0]);
  });

  it('scales a gradient down to the norm asked for, reports the norm before, and leaves a small one alone', () => {
    const clipped = step(start([0, 0]), [3, 4], 1, 0.1, { ...plain, maxGradNorm: 1 });
    expect(clipped.gradNorm).toBeCloseTo(5, 12);
    expect(clipped.firstMoment[0]).toBeCloseTo((0.1 * 3) / (5 + 1e-6), 12);
    const small = step(start([0, 0]), [0.3, 0.4], 1, 0.1, { ...plain, maxGradNorm: 1 });
    expect(small.firstMoment[0]).toBeCloseTo(0.03, 14);
    const off = step(start([0, 0]), [3, 4], 1, 0.1, plain);
    expect(off.firstMoment[0]).toBeCloseTo(0.3, 14);
  });
});
