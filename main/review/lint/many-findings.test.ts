import { expect, it } from 'vitest';
import { libraryWith, newPair } from '../../datasets/store/library.fixture.ts';
import { lintProject } from './run-lint.ts';

/** More findings than a call takes arguments: some 120,000 in V8. */
const pairCount = 65_000;

it('a set that repeats its prompts gives two findings a pair, and a report', async () => {
  const prompts = ['Please tell me how to keep a garden in winter', 'Please tell me how to keep a garden in winter!'];
  const pairs = Array.from({ length: pairCount }, (_, index) => ({
    ...newPair(index + 1, null, null, null, prompts[index % 2]),
    responses: { a: `A ${index}.`, b: `B ${index}.` },
    split: index % 2 === 0 ? ('train' as const) : ('held-out' as const),
  }));
  const { library, projectId } = libraryWith(pairs);
  const { pairsByKind } = await lintProject(library, projectId);
  expect(pairsByKind).toMatchObject({ 'near-duplicate-prompt': pairCount, 'prompt-in-both-splits': pairCount });
});
