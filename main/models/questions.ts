import { z } from 'zod';
import { made, question } from '../foreign/question.ts';
import type { ModelInspection } from './inspect.ts';
import type { TokenizedPair } from './pair-tokens.ts';
import type { CountedPair } from './same-when-cut.ts';
import { templateNames, messageRoles } from '../../native-models/vocabulary/lists.ts';

/** What is asked about model folders and their tokenizers. */

const template = z.enum(templateNames);
const message = z.object({ role: z.enum(messageRoles), content: z.string() });
const pair = z.object({ prompt: z.array(message), chosen: z.string(), rejected: z.string() });
const model = z.object({ path: z.string(), template });

export const inspectModelQuestion = question(
  'inspectModel',
  z.object({ path: z.string(), availableBytes: z.number() }),
  made<ModelInspection>(),
);

export const countTokensQuestion = question(
  'countTokens',
  model.extend({ pairs: z.array(pair) }),
  z.array(made<CountedPair>()),
);

export const tokenizePairQuestion = question(
  'tokenizePair',
  model.extend({ pair, maxLength: z.int() }),
  made<TokenizedPair>(),
);

/** The longest of a run folder's pairs in tokens. */
export const longestPairQuestion = question(
  'longestPair',
  model.extend({ folder: z.string(), maxLength: z.int() }),
  z.object({ prompt: z.int(), response: z.int() }).nullable(),
);
