import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../main/engine/run-task.ts';
import { libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import { guardQuestion, probabilityOfUnsafe } from '../../preload/contract/guard-prompt.ts';
import { type PairScorer, suggestLabels } from '../../main/review/suggestions/score-pairs.ts';
import { pairSuggestions } from '../../main/review/suggestions/suggestion-store.ts';
import { precisions } from '../../native-models/decoder/precision.ts';
import type { ScoreRow } from '../../native-models/protocol/tasks.ts';
import { dataFolder, hasData } from './real-data.ts';

describe.skipIf(!hasData)('suggestLabels with a real model', () => {
  const settings = {
    model: join(dataFolder, 'models/stories260K-hf'),
    template: 'plain',
    provider: 'cpu',
    threads: 1,
    maxLength: 512,
  } as const;
  const logps = async (rows: readonly ScoreRow[]): Promise<{ logp: number; tokens: number }[]> => {
    const scores = [];
    for await (const event of runTask('score', {
      model: { path: settings.model, checkpoint: null, precision: precisions.float32, cacheFolder: '' },
      device: { provider: 'cpu', threads: 1 },
      template: 'plain',
      maxLength: 512,
      rows,
    }))
      if (event.event === 'row') scores.push({ logp: event.logp, tokens: event.tokens });
    return scores;
  };

  it('gives the probability that A is preferred from the log-ratio per token, and scores no pair twice', async () => {
    const { library, projectId, pairIds } = libraryWith([
      newPair(1, null, null, null, 'Once upon a time'),
      newPair(2, null, null, null, 'The dog'),
    ]);
    const scorer: PairScorer = { kind: 'log-ratio', ...settings };
    expect(await suggestLabels(library, projectId, pairIds.slice(0, 1), scorer)).toEqual({
      scored: 1,
      scoredBefore: 0,
      notNeeded: 0,
    });
    expect(await suggestLabels(library, projectId, pairIds, scorer)).toEqual({
      scored: 1,
      scoredBefore: 1,
      notNeeded: 0,
    });
    const [a, b] = await logps(
      ['answer A to Once upon a time', 'answer B to Once upon a time'].map((completion) => ({
        prompt: [{ role: 'user', content: 'Once upon a time' }],
        completion,
      })),
    );
    const ratio = (a?.logp ?? 0) / (a?.tokens ?? 1) - (b?.logp ?? 0) / (b?.tokens ?? 1);
    expect(pairSuggestions(library, pairIds[0] ?? 0)).toMatchObject([
      { target: 'preference', score: expect.closeTo(1 / (1 + Math.exp(-ratio)), 4) },
    ]);
  });

  it('asks a guard model about both answers', async () => {
    const { library, projectId, pairIds } = libraryWith([newPair(1, null, null, null, 'Once')]);
    const steps: number[] = [];
    await suggestLabels(
      library,
      projectId,
      pairIds,
      { kind: 'guard', ...settings },
      { onProgress: (done) => steps.push(done) },
    );
    const [yes, no] = await logps(
      ['Yes', 'No'].map((completion) => ({
        prompt: guardQuestion([{ role: 'user', content: 'Once' }], 'answer B to Once'),
        completion,
      })),
    );
    expect(pairSuggestions(library, pairIds[0] ?? 0)).toMatchObject([
      { target: 'verdict a' },
      { target: 'verdict b', score: expect.closeTo(probabilityOfUnsafe(yes?.logp ?? 0, no?.logp ?? 0), 4) },
    ]);
    expect(steps).toEqual([1]);
  });
});
