import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { matmul } from '../graph/contraction.ts';
import { add } from '../graph/elementwise.ts';
import { emit } from '../graph/lowering/emit.ts';
import { input, withScope } from '../graph/value.ts';
import { readProfile } from './profile.ts';
import { createSession } from './session.ts';

test('groups the time of a run by part of the model, layers taken together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'safedpo-profile-'));
  const x = input('x', 'float32', [4, 4]);
  const first = withScope('layer 0', () => withScope('attention', () => matmul(x, x)));
  const second = withScope('layer 1', () => withScope('attention', () => matmul(first, first)));
  const session = await createSession(emit({ y: withScope('head', () => add(second, x)) }, { target: 'cpu' }).bytes, {
    provider: 'cpu',
    threads: 1,
    profilePrefix: join(folder, 'profile'),
  });
  await session.run({ x: { dtype: 'float32', shape: [4, 4], data: new Float32Array(16).fill(1) } });
  await session.release();
  const { parts, operators, hostCopies, cpuNodes } = await readProfile([join(folder, readdirSync(folder)[0] ?? '')]);
  expect(parts.map(({ part }) => part).toSorted()).toEqual(['attention', 'head', 'other']);
  expect(operators.map(({ operator, nodes }) => [operator, nodes]).toSorted()).toEqual([
    ['Add', 1],
    ['Identity', 1],
    ['MatMul', 2],
  ]);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  expect([hostCopies.nodes, cpuNodes.nodes, cpuNodes.share]).toEqual([0, 4, 1]);
});
