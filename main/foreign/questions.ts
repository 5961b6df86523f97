import { z } from 'zod';
import type { TemplateName } from '../../native-models/engine/job.ts';
import type { FormatChoice } from '../datasets/formats/detect.ts';
import type { DatasetPreview } from '../../preload/contract/operations/datasets.ts';
import type { PreviewOptions } from '../datasets/preview.ts';
import type { ImportPiece } from '../datasets/read-import.ts';
import type { SourceRow } from '../datasets/readers/row.ts';
import type { ModelInspection } from '../models/inspect.ts';
import type { TokenizedPair } from '../models/pair-tokens.ts';
import type { CountedPair } from '../models/same-when-cut.ts';

/**
 * What the reading process can be asked: for each question what goes in, and the pieces of its answer. Everything
 * crosses as JSON.
 */

const template: z.ZodType<TemplateName> = z.enum(['model', 'pku', 'plain']);
const message = z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.string() });
const pair = z.object({ prompt: z.array(message), chosen: z.string(), rejected: z.string() });
const model = z.object({ path: z.string(), template });

/** An object that our own code made on the other side: that it is one is all there is to check. */
function made<Made extends object>(): z.ZodType<Made> {
  return z.custom<Made>((value) => typeof value === 'object' && value !== null);
}

const dataset = z.object({ file: z.string(), choice: made<FormatChoice>() });

interface Question<Input, Piece> {
  readonly input: z.ZodType<Input>;
  readonly piece: z.ZodType<Piece>;
}

function question<Input, Piece>(input: z.ZodType<Input>, piece: z.ZodType<Piece>): Question<Input, Piece> {
  return { input, piece };
}

const table = {
  inspectModel: question(z.object({ path: z.string(), availableBytes: z.number() }), made<ModelInspection>()),
  previewFile: question(z.object({ file: z.string(), choice: made<PreviewOptions>() }), made<DatasetPreview>()),
  readImport: question(dataset, made<ImportPiece>()),
  /** Every row of a file, in batches. */
  readRows: question(z.object({ file: z.string() }), z.array(made<SourceRow>())),
  countTokens: question(model.extend({ pairs: z.array(pair) }), z.array(made<CountedPair>())),
  tokenizePair: question(model.extend({ pair, maxLength: z.int() }), made<TokenizedPair>()),
  /** Of a run folder's pairs in the store of reference log-probabilities. */
  referenceKeys: question(z.object({ folder: z.string() }), z.array(z.string())),
  /** The longest of a run folder's pairs in tokens. */
  longestPair: question(
    model.extend({ folder: z.string(), maxLength: z.int() }),
    z.object({ prompt: z.int(), response: z.int() }).nullable(),
  ),
};

export type QuestionName = keyof typeof table;
export type Input<Name extends QuestionName> = z.output<(typeof table)[Name]['input']>;
export type Piece<Name extends QuestionName> = z.output<(typeof table)[Name]['piece']>;

export const questions: { readonly [Name in QuestionName]: Question<Input<Name>, Piece<Name>> } = table;

export function isQuestion(name: unknown): name is QuestionName {
  return typeof name === 'string' && Object.hasOwn(questions, name);
}
