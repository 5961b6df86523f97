import { basename } from 'node:path';
import type { Library } from '../library/library.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';
import type { TestPrompt } from './judges.ts';
import { readPromptFile } from './prompt-file.ts';
import { heldOutPairs, promptsOf } from './test-prompts.ts';

/** What the start model and the trained one are measured on. */
export interface TestSet {
  /** Held-out pairs whose preferences are scored. */
  readonly pairs: readonly ObjectivePair[];
  readonly prompts: readonly TestPrompt[];
  /** The name of the file that the prompts came from; `null`: those of the held-out pairs. */
  readonly promptsFrom: string | null;
}

/** At most so many of each; `null`: all. */
export interface TestSetLimits {
  readonly pairs: number | null;
  readonly prompts: number;
}

/** `promptFile: null` takes the prompts of the held-out pairs. Throws what `readPromptFile` throws. */
export async function chooseTestSet(
  library: Library,
  projectId: number,
  promptFile: string | null,
  limits: TestSetLimits,
): Promise<TestSet> {
  const held = heldOutPairs(library, projectId);
  return {
    pairs: held.slice(0, limits.pairs ?? held.length),
    prompts: promptFile === null ? promptsOf(held, limits.prompts) : await readPromptFile(promptFile, limits.prompts),
    promptsFrom: promptFile === null ? null : basename(promptFile),
  };
}
