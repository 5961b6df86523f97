import { previewFileQuestion, readImportQuestion, readRowsQuestion } from '../datasets/questions.ts';
import { inBatches } from '../foreign/in-batches.ts';
import type { Question } from '../foreign/question.ts';
import {
  countTokensQuestion,
  inspectModelQuestion,
  longestPairQuestion,
  tokenizePairQuestion,
} from '../models/questions.ts';
import { referenceKeysQuestion } from '../runs/questions.ts';

/** Parses what came in and gives the pieces of the answer. */
type Answer = (input: unknown) => AsyncIterable<unknown>;

function answer<Input, Piece>(
  { name, input: schema }: Question<Input, Piece>,
  give: (input: Input) => AsyncIterable<Piece>,
): [string, Answer] {
  return [name, (input) => give(schema.parse(input))];
}

/**
 * How each question is answered, by its name, inside the reading process. What reads is loaded with the first question
 * that needs it.
 */
export const answers: ReadonlyMap<string, Answer> = new Map([
  answer(inspectModelQuestion, async function* ({ path, availableBytes }) {
    const { inspectModel } = await import('../models/inspect.ts');
    yield inspectModel(path, availableBytes);
  }),
  answer(previewFileQuestion, async function* ({ file, choice }) {
    const { previewFile } = await import('../datasets/preview-file.ts');
    yield previewFile(file, choice);
  }),
  answer(readImportQuestion, async function* ({ file, choice }) {
    const { readImport } = await import('../datasets/read-import.ts');
    yield* readImport(file, choice);
  }),
  answer(readRowsQuestion, async function* ({ file }) {
    const { openDatasetFile } = await import('../datasets/readers/open.ts');
    yield* inBatches((await openDatasetFile(file)).rows);
  }),
  answer(countTokensQuestion, async function* ({ path, template, pairs }) {
    const { countPairTokens, openedModel } = await models();
    const text = await openedModel(path, template);
    yield pairs.map((pair) => countPairTokens(text, pair));
  }),
  answer(tokenizePairQuestion, async function* ({ path, template, pair, maxLength }) {
    const { openedModel, tokenizePair } = await models();
    yield tokenizePair(await openedModel(path, template), pair, maxLength);
  }),
  answer(referenceKeysQuestion, async function* ({ folder }) {
    const { referenceKeys } = await import('../runs/reference-keys.ts');
    yield* referenceKeys(folder);
  }),
  answer(longestPairQuestion, async function* ({ path, template, folder, maxLength }) {
    const { longestSnapshotPair } = await models();
    yield longestSnapshotPair(folder, path, { template, maxLength });
  }),
]);

async function models() {
  return { ...(await import('../models/pair-tokens.ts')), ...(await import('../models/opened-model.ts')) };
}
