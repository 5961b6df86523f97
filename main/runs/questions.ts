import { z } from 'zod';
import { question } from '../foreign/question.ts';

/** Of a run folder's pairs, their keys in the store of reference log-probabilities. */
export const referenceKeysQuestion = question('referenceKeys', z.object({ folder: z.string() }), z.array(z.string()));
