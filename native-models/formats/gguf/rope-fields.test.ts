import { expect, it } from 'vitest';
import type { RopeScaling } from '../../layers/rope-scaling.ts';
import { ropeFactors, ropeFields, ropeRefusal } from './rope-fields.ts';

const yarn: RopeScaling = {
  kind: 'yarn',
  factor: 4,
  attentionFactor: 1.5,
  keptTurns: 32,
  dividedTurns: 1,
  originalMaxPositions: 64,
  wholeEnds: true,
};
const rotary = (scaling: RopeScaling) => ({ rotatedDims: 4, theta: 10_000, scaling });

it('YaRN is stated with its attention factor as a multiple of the one that llama.cpp computes', () => {
  expect(Object.fromEntries(ropeFields(rotary(yarn)))).toEqual({
    'rope.scaling.type': { type: 'string', value: 'yarn' },
    'rope.scaling.factor': { type: 'float32', value: 4 },
    'rope.scaling.original_context_length': { type: 'uint32', value: 64 },
    'rope.scaling.attn_factor': { type: 'float32', value: 1.5 / (0.1 * Math.log(4) + 1) },
  });
});

it.each([{ wholeEnds: false }, { factor: 1 }, { keptTurns: 64 }, { dividedTurns: 2 }])(
  'YaRN with %o is refused, since llama.cpp would ignore it',
  (change) => {
    expect(ropeRefusal(rotary(yarn))).toBeNull();
    expect(ropeRefusal(rotary({ ...yarn, ...change }))).toEqual(expect.any(String));
  },
);

it('LongRoPE has both sets of factors in the file', () => {
  const long = { kind: 'longrope', shortFactors: [1, 2], longFactors: [3, 4], attentionFactor: 1.1 } as const;
  expect(ropeFactors(rotary({ ...long, originalMaxPositions: 64 }))).toEqual([
    { name: 'rope_factors_long.weight', factors: [3, 4] },
    { name: 'rope_factors_short.weight', factors: [1, 2] },
  ]);
});
