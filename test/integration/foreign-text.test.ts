import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openEngineModel } from '../../native-models/engine/model/model.ts';
import { encodeRow } from '../../native-models/engine/infer/score.ts';
import { Scorer } from '../../native-models/engine/infer/scorer.ts';
import { casePath, hasCases } from './foreign-cases.ts';

/** Summed log-probs and tokens of each row's answer, by transformers 5.24 with TRL 1.16's tokens. */
const cases = [
  {
    name: 'sentencepiece-first-token',
    fault: 'the first token of an answer',
    expected: [
      [-87.695, 12],
      [-64.589, 9],
    ],
  },
  {
    name: 'jinja-strip-argument',
    fault: 'lstrip of a character',
    expected: [
      [-340.326, 51],
      [-155.657, 24],
    ],
  },
  { name: 'crlf-template', fault: 'line ends of Windows', expected: [[-31.839, 5]] },
  {
    name: 'empty-system-prompt',
    fault: 'an empty text is not false',
    expected: [
      [-41.92, 7],
      [-43.832, 7],
    ],
  },
  { name: 'first-line-indent', fault: 'a first line that is indented', expected: [[-31.839, 5]] },
] as const;

describe.skipIf(!hasCases)('log-probs of answers to the third decimal of transformers', () => {
  it.each(cases)('$name: $fault', async ({ name, expected }) => {
    const model = await openEngineModel(casePath(name, 'model'), 'model');
    const lines = readFileSync(casePath(name, 'rows.jsonl'), 'utf8').trim().split('\n');
    const sequences = lines.map((line) => encodeRow(JSON.parse(line), model.encoder, 512));
    const scorer = await Scorer.open(model, {
      device: { provider: 'cpu', threads: 1 },
      maxLength: 512,
      batchTokens: 1024,
      overlay: null,
    });
    const logps = await scorer.sequences(sequences);
    await scorer.close();
    const seen = logps.map((logp, index) => [Number(logp.toFixed(3)), sequences[index]?.completionIds.length]);
    expect(seen).toEqual(expected);
  });
});
