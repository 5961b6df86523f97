import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import { gradients } from '../../native-models/autodiff/gradients.ts';
import { trainingItems } from '../../native-models/engine/train/data.ts';
import { evaluate } from '../../native-models/graph/evaluate/evaluate.ts';
import { input, scalar } from '../../native-models/graph/value.ts';
import { objectives } from '../../native-models/objectives/index.ts';
import { goldenPath } from '../golden/fixture.ts';
import { hasData, readData } from './real-data.ts';
import type { ObjectiveName } from '../../native-models/vocabulary/objectives.ts';
import { objectiveSettings } from '../objective-settings.ts';

interface PairNumbers {
  readonly chosen: number;
  readonly rejected: number;
  readonly referenceChosen: number;
  readonly referenceRejected: number;
  readonly offset?: number;
  readonly chosenTokens?: number;
  readonly rejectedTokens?: number;
}

interface Outcome {
  readonly loss: number;
  /** dL / d log π(chosen), which is dL/dh of the objectives on h. */
  readonly slope: number;
  /** dL / d log π(rejected) */
  readonly rejectedSlope: number;
}

/** Losses and slopes of one objective in float64. */
function outcomes(
  name: ObjectiveName,
  pairs: readonly PairNumbers[],
  { beta, labelSmoothing = 0 }: { readonly beta: number; readonly labelSmoothing?: number },
): readonly Outcome[] {
  const feed = (key: string) => input(key, 'float64', ['pairs']);
  const policy = { chosen: feed('chosen'), rejected: feed('rejected') };
  const reference = { chosen: feed('referenceChosen'), rejected: feed('referenceRejected') };
  const tokens = { chosen: feed('chosenTokens'), rejected: feed('rejectedTokens') };
  const losses = objectives[name].losses(
    { policy, reference, tokens, offset: feed('offset') },
    { ...objectiveSettings, beta, labelSmoothing },
  );
  const [slope, rejectedSlope] = gradients(
    [{ output: losses, seed: scalar('float64', 1) }],
    [policy.chosen, policy.rejected],
  );
  if (slope === undefined || rejectedSlope === undefined) throw new Error('two gradients were asked for');
  const column = (of: (pair: PairNumbers) => number) => ({ shape: [pairs.length], data: Float64Array.from(pairs, of) });
  const made = evaluate(
    { losses, slope, rejectedSlope },
    {
      chosen: column(({ chosen }) => chosen),
      rejected: column(({ rejected }) => rejected),
      referenceChosen: column(({ referenceChosen }) => referenceChosen),
      referenceRejected: column(({ referenceRejected }) => referenceRejected),
      offset: column(({ offset = 0 }) => offset),
      chosenTokens: column(({ chosenTokens = 1 }) => chosenTokens),
      rejectedTokens: column(({ rejectedTokens = 1 }) => rejectedTokens),
    },
  );
  const at = (key: 'losses' | 'slope' | 'rejectedSlope', pair: number): number => {
    const data = made[key]?.data;
    // A slope that no pair's numbers enter is one number for all.
    return data?.[data.length === 1 ? 0 : pair] ?? Number.NaN;
  };
  return pairs.map((_, pair) => ({
    loss: at('losses', pair),
    slope: at('slope', pair),
    rejectedSlope: at('rejectedSlope', pair),
  }));
}

function only(values: readonly Outcome[]): Outcome {
  const [value] = values;
  if (value === undefined) throw new Error('there is one pair');
  return value;
}

/** The example of the published analysis: h = 3. */
const example = { chosen: -10, referenceChosen: -12, rejected: -15, referenceRejected: -14 };
const softplus = (x: number): number => Math.log1p(Math.exp(x));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const golden = z
  .object({
    beta: z.number(),
    safeUnsafe: z.array(z.object({ delta: z.number(), loss: z.number(), slope: z.number() })),
    labelCases: z.object({
      delta: z.number(),
      cases: z.array(
        z.object({
          winnerUnsafe: z.boolean(),
          loserUnsafe: z.boolean(),
          transform: z.string(),
          loss: z.number().optional(),
          slope: z.number().optional(),
        }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync(goldenPath('expected', 'safedpo.json'), 'utf8')));

describe('SafeDPO', () => {
  it('the printed values of the paper’s analysis for delta 0, 2, 5, 10, 20, and all digits of PyTorch’s', () => {
    const printed = [
      [0.554_355, -0.042_556],
      [1.867_786, -0.084_553],
      [4.709_054, -0.099_099],
      [9.700_061, -0.099_994],
      [19.7, -0.1],
    ];
    expect(golden.safeUnsafe.map(({ delta }) => delta)).toEqual([0, 2, 5, 10, 20]);
    for (const [index, { delta, loss, slope }] of golden.safeUnsafe.entries()) {
      const made = only(outcomes('safedpo', [{ ...example, offset: delta }], golden));
      expect(made.loss).toBeCloseTo(printed[index]?.[0] ?? Number.NaN, 6);
      expect(made.slope).toBeCloseTo(printed[index]?.[1] ?? Number.NaN, 6);
      expect(made.loss).toBeCloseTo(loss, 12);
      expect(made.slope).toBeCloseTo(slope, 12);
      expect(made.rejectedSlope).toBe(-made.slope);
    }
  });

  it('all four label cases, from verdicts through the transform to loss and slope', () => {
    const { delta, cases } = golden.labelCases;
    expect(cases).toHaveLength(4);
    for (const { winnerUnsafe, loserUnsafe, transform, loss, slope } of cases) {
      const made = transformPair({ preferred: 'a', safer: null, unsafe: { a: winnerUnsafe, b: loserUnsafe } });
      expect(made.class).toBe(transform);
      expect(made.chosen).toBe(transform === 'dropped' ? null : transform === 'swapped' ? 'b' : 'a');
      if (made.chosen === null) continue;
      const kept = {
        promptIds: [1],
        chosenIds: [2],
        rejectedIds: [3],
        pairClass: made.class === 'keptSafeSafe' ? ('safe_safe' as const) : ('safe_unsafe' as const),
      };
      const [item] = trainingItems([kept], [{ chosen: 0, rejected: 0 }], {
        ...objectiveSettings,
        objective: 'safedpo',
        delta,
      });
      const sides =
        made.chosen === 'a'
          ? example
          : {
              chosen: example.rejected,
              referenceChosen: example.referenceRejected,
              rejected: example.chosen,
              referenceRejected: example.referenceChosen,
            };
      const outcome = only(outcomes('safedpo', [{ ...sides, offset: item?.offset ?? Number.NaN }], golden));
      expect(outcome.loss).toBeCloseTo(loss ?? Number.NaN, 12);
      expect(outcome.slope).toBeCloseTo(slope ?? Number.NaN, 12);
    }
  });

  it('delta stands outside beta: the loss turns at a gap of delta / beta nats', () => {
    const withGap = (gap: number, beta: number, offset: number): Outcome =>
      only(
        outcomes('safedpo', [{ chosen: gap, referenceChosen: 0, rejected: 0, referenceRejected: 0, offset }], { beta }),
      );
    expect(withGap(100, 0.1, 10).loss).toBeCloseTo(Math.LN2, 12);
    // Twice the delta at the same beta asks for twice the gap; at the same gap it is not the same as half the beta.
    expect(withGap(200, 0.1, 20).loss).toBeCloseTo(Math.LN2, 12);
    expect(withGap(100, 0.1, 20).loss).toBeCloseTo(softplus(10), 12);
    // Half the beta asks for twice the gap, with half the slope there.
    expect(withGap(200, 0.05, 10).loss).toBeCloseTo(Math.LN2, 12);
    expect(withGap(100, 0.05, 10).loss).toBeCloseTo(softplus(5), 12);
    expect(withGap(200, 0.05, 10).slope).toBeCloseTo(-0.025, 12);
    expect(withGap(100, 0.1, 10).slope).toBeCloseTo(-0.05, 12);
  });

  it('starts with a loss of softplus(delta) and a weight of sigmoid(delta), and stays finite far out', () => {
    for (const delta of [0, 2, 5, 10, 20]) {
      const start = only(
        outcomes('safedpo', [{ chosen: -7, referenceChosen: -7, rejected: -9, referenceRejected: -9, offset: delta }], {
          beta: 0.1,
        }),
      );
      expect(start.loss).toBeCloseTo(softplus(delta), 12);
      expect(start.slope).toBeCloseTo(-0.1 * sigmoid(delta), 12);
    }
    const far = outcomes(
      'safedpo',
      [
        { ...example, chosen: 1e6, offset: 50 },
        { ...example, chosen: -1e6, offset: 50 },
      ],
      { beta: 0.1 },
    );
    expect(far[0]?.loss).toBe(0);
    expect(far[1]?.loss).toBeCloseTo(0.1 * (1e6 - 13) + 50, 6);
    expect(far.every(({ slope }) => Number.isFinite(slope))).toBe(true);
  });

  it('only safe > unsafe pairs of SafeDPO get the offset', () => {
    const items = (['safe_safe', 'safe_unsafe'] as const).map((pairClass) => ({
      promptIds: [1],
      chosenIds: [2],
      rejectedIds: [3],
      pairClass,
    }));
    const offsets = (objective: ObjectiveName): readonly number[] =>
      trainingItems(items, [], { ...objectiveSettings, objective, delta: 10 }).map(({ offset }) => offset);
    expect(offsets('safedpo')).toEqual([0, 10]);
    for (const objective of ['dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft'] as const)
      expect(offsets(objective), objective).toEqual([0, 0]);
  });
});

describe('the other objectives by hand', () => {
  it.each(['dpo', 'dpo-safebetter', 'dpo-harmless'] as const)('%s: −log σ(β·h)', (name) => {
    const made = only(outcomes(name, [{ ...example, offset: 99 }], { beta: 0.2 }));
    expect(made.loss).toBeCloseTo(softplus(-0.6), 12);
    expect(made.slope).toBeCloseTo(-0.2 * sigmoid(-0.6), 12);
  });

  it('cDPO: a share of both orders; a half makes the order irrelevant', () => {
    const made = only(outcomes('cdpo', [example], { beta: 0.1, labelSmoothing: 0.2 }));
    expect(made.loss).toBeCloseTo(0.8 * softplus(-0.3) + 0.2 * softplus(0.3), 12);
    expect(made.slope).toBeCloseTo(0.1 * (0.2 * sigmoid(0.3) - 0.8 * sigmoid(-0.3)), 12);
    const swapped = {
      chosen: example.rejected,
      referenceChosen: example.referenceRejected,
      rejected: example.chosen,
      referenceRejected: example.referenceChosen,
    };
    const [one, other] = outcomes('cdpo', [example, swapped], { beta: 0.1, labelSmoothing: 0.5 });
    expect(one?.loss).toBeCloseTo(other?.loss ?? Number.NaN, 12);
  });

  it('IPO: log-ratios a token, squared distance from 1/(2β)', () => {
    const made = only(outcomes('ipo', [{ ...example, chosenTokens: 4, rejectedTokens: 2 }], { beta: 0.1 }));
    expect(made.loss).toBeCloseTo((2 / 4 - -1 / 2 - 5) ** 2, 12);
    expect(made.slope).toBeCloseTo((2 * (1 - 5)) / 4, 12);
    expect(made.rejectedSlope).toBeCloseTo((-2 * (1 - 5)) / 2, 12);
  });

  it('SFT: the mean negative log-probability of a chosen token; the rejected response has no part', () => {
    const made = only(outcomes('sft', [{ ...example, chosenTokens: 4 }], { beta: 0.1 }));
    expect(made.loss).toBe(2.5);
    expect(made.slope).toBe(-0.25);
    expect(made.rejectedSlope).toBeCloseTo(0, 15);
  });
});

const numbers = z.array(z.number());
const lossCases = z.object({
  cases: z.array(
    z.object({
      source: z.string(),
      beta: z.number(),
      label_smoothing: z.number(),
      policy_chosen_logps: numbers,
      policy_rejected_logps: numbers,
      reference_chosen_logps: numbers,
      reference_rejected_logps: numbers,
      expected_losses: numbers,
    }),
  ),
});

describe.skipIf(!hasData)('DPO and cDPO on the cases of other trainers', () => {
  it('every loss to 1e-12', () => {
    const { cases } = lossCases.parse(JSON.parse(readData('peers/dpo-loss-cases.json').toString()));
    expect(cases.length).toBe(8);
    for (const given of cases) {
      const pairs = given.policy_chosen_logps.map((chosen, index) => ({
        chosen,
        rejected: given.policy_rejected_logps[index] ?? Number.NaN,
        referenceChosen: given.reference_chosen_logps[index] ?? Number.NaN,
        referenceRejected: given.reference_rejected_logps[index] ?? Number.NaN,
      }));
      const settings = { beta: given.beta, labelSmoothing: given.label_smoothing };
      const names: readonly ObjectiveName[] = given.label_smoothing === 0 ? ['dpo', 'cdpo', 'safedpo'] : ['cdpo'];
      for (const name of names) {
        const losses = outcomes(name, pairs, settings).map(({ loss }) => loss);
        for (const [index, wanted] of given.expected_losses.entries())
          expect(losses[index], `${given.source}, ${name}`).toBeCloseTo(wanted, 12);
      }
    }
  });

  it('the properties they name', () => {
    const same = { chosen: -3, referenceChosen: -3, rejected: -8, referenceRejected: -8 };
    for (const name of ['dpo', 'cdpo', 'safedpo'] as const)
      expect(only(outcomes(name, [same], { beta: 0.3, labelSmoothing: 0.25 })).loss).toBeCloseTo(Math.LN2, 14);
  });
});
