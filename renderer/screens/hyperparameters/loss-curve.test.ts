import { expect, test } from 'vitest';
import { curvePoint, lossCurve, requiredGap, softplus } from './loss-curve.ts';

/** beta 0.1, gap 3 (pi -10, ref -12; pi -15, ref -14): values derived by hand from equation 12. */
const golden = [
  [0, 0.554355],
  [2, 1.867786],
  [5, 4.709054],
  [10, 9.700061],
  [20, 19.7],
] as const;

test.each(golden)('the loss at delta %d is %d', (delta, loss) => {
  expect(curvePoint(0.1, delta, 3).loss).toBeCloseTo(loss, 6);
});

test('training starts at gap 0, where the weight is sigma(delta)', () => {
  expect([0, 2, 5, 10].map((delta) => Number(curvePoint(0.1, delta, 0).weight.toFixed(5)))).toEqual([
    0.5, 0.8808, 0.99331, 0.99995,
  ]);
  expect(requiredGap(0.1, 10)).toBeCloseTo(100, 9);
  expect(softplus(800)).toBe(800);
});

test('the curve spans the start and the required gap, falling all the way', () => {
  const curve = lossCurve(0.1, 10, 50);
  expect(curve[0]?.gap).toBeLessThan(0);
  expect(curve.at(-1)?.gap).toBeGreaterThan(100);
  expect(curve.every((point, index) => index === 0 || point.loss < (curve[index - 1]?.loss ?? 0))).toBe(true);
});
