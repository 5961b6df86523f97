import { expect, test } from 'vitest';
import { projectNameFor } from './dropped-project.ts';

test('a project is named after what was dropped, without its ending, and never like another', () => {
  expect(projectNameFor('island-pairs.jsonl.gz', [])).toBe('island-pairs');
  expect(projectNameFor('SmolLM2-135M-Instruct', ['island-pairs'])).toBe('SmolLM2-135M-Instruct');
  expect(projectNameFor('pairs.csv', ['pairs', 'pairs 2'])).toBe('pairs 3');
  expect(projectNameFor('.json', [])).toBe('New project');
});
