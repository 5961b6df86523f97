import { inBatches } from '../foreign/in-batches.ts';
import type { Input, Piece, QuestionName } from '../foreign/questions.ts';

/**
 * How each question is answered, inside the reading process. What reads is loaded with the first question that needs
 * it.
 */
export const answers: { readonly [Name in QuestionName]: (input: Input<Name>) => AsyncIterable<Piece<Name>> } = {
  async *inspectModel({ path, availableBytes }) {
    const { inspectModel } = await import('../models/inspect.ts');
    yield inspectModel(path, availableBytes);
  },
  async *previewFile({ file, choice }) {
    const { previewFile } = await import('../datasets/preview-file.ts');
    yield previewFile(file, choice);
  },
  async *readImport({ file, choice }) {
    const { readImport } = await import('../datasets/read-import.ts');
    yield* readImport(file, choice);
  },
  async *readRows({ file }) {
    const { openDatasetFile } = await import('../datasets/readers/open.ts');
    yield* inBatches((await openDatasetFile(file)).rows);
  },
  async *countTokens({ path, template, pairs }) {
    const { countPairTokens, openedModel } = await models();
    const text = await openedModel(path, template);
    yield pairs.map((pair) => countPairTokens(text, pair));
  },
  async *tokenizePair({ path, template, pair, maxLength }) {
    const { openedModel, tokenizePair } = await models();
    yield tokenizePair(await openedModel(path, template), pair, maxLength);
  },
  async *referenceKeys({ folder }) {
    const { referenceKeys } = await import('../runs/reference-keys.ts');
    yield* referenceKeys(folder);
  },
  async *longestPair({ path, template, folder, maxLength }) {
    const { longestSnapshotPair } = await models();
    yield longestSnapshotPair(folder, path, { template, maxLength });
  },
};

async function models() {
  return { ...(await import('../models/pair-tokens.ts')), ...(await import('../models/opened-model.ts')) };
}
