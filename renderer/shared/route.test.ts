import { expect, test } from 'vitest';
import { formatRoute, parseRoute, type Route } from './route.ts';

test('every route survives its own hash', () => {
  const routes: readonly Route[] = [
    { screen: 'home' },
    { screen: 'runs' },
    { screen: 'compare', runIds: ['run-1', 'run-2'] },
    { screen: 'error', code: 'unknown-architecture' },
    { screen: 'pairs', projectId: 3, set: 'swapped' },
    { screen: 'step', projectId: 3, step: 'hyperparameters', runId: null },
    { screen: 'step', projectId: 3, step: 'train', runId: 'run-14' },
  ];
  expect(routes.map((route) => parseRoute(formatRoute(route)))).toEqual(routes);
});

test('a run named twice in an address is compared once', () => {
  expect(parseRoute('#/runs/compare/run-1,run-2,run-1')).toEqual({ screen: 'compare', runIds: ['run-1', 'run-2'] });
});

test('an unknown or damaged hash leads home or to the first step', () => {
  expect(
    ['', '#/nowhere', '#/project/x/train', '#/project/-1/model', '#/%E0%A4%A'].map((hash) => parseRoute(hash).screen),
  ).toEqual(['home', 'home', 'home', 'home', 'home']);
  expect(parseRoute('#/project/3/nothing')).toEqual({ screen: 'step', projectId: 3, step: 'model', runId: null });
});
