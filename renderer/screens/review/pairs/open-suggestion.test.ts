import { expect, test } from 'vitest';
import type { Suggestion } from '../../../../preload/contract/review-views.ts';
import { openSuggestion } from './open-suggestion.ts';
import type { LabelEvent } from '../../../../preload/contract/operations/labels.ts';

const suggestion = (target: Suggestion['target']): Suggestion => ({ pairId: 1, scorer: 'guard', target, score: 0.9 });
const event = (kind: LabelEvent['kind'], side: LabelEvent['side'], why = ''): LabelEvent => ({
  id: 1,
  kind,
  group: 'g',
  target: null,
  at: '',
  reviewer: 'me',
  pairId: 1,
  side,
  field: 'verdict',
  old: null,
  new: true,
  why,
});
const both = [suggestion('verdict a'), suggestion('verdict b')];

test('a suggestion is answered by what a person did to the label, whatever they wrote as the reason', () => {
  expect(openSuggestion(both, [])?.target).toBe('verdict a');
  expect(openSuggestion(both, [event('import', 'a')])?.target).toBe('verdict a');
  expect(openSuggestion(both, [event('edit', 'a', 'I disagree')])?.target).toBe('verdict b');
  expect(openSuggestion(both, [event('edit', 'b', 'not about the suggestion of A')])?.target).toBe('verdict a');
  expect(openSuggestion(both, [event('undo', 'a'), event('edit', 'a')])?.target).toBe('verdict a');
  expect(openSuggestion(both, [event('edit', 'a'), event('edit', 'b')])).toBeUndefined();
});
