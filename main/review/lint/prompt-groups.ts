import type { Library } from '../../library/library.ts';
import type { Finding } from './findings.ts';
import { NearDuplicates } from './near-duplicates.ts';
import { nearlySame } from './pair-defects.ts';
import { promptText } from './prompt-text.ts';
import { normalised } from './text-defects.ts';

interface Prompt {
  /** Number among the distinct prompts. */
  readonly index: number;
  readonly pairIds: number[];
  train: boolean;
  heldOut: boolean;
}

/** Finds prompts that are nearly the same, and those that are in training and held out at once. */
export class PromptGroups {
  readonly #near: NearDuplicates;
  readonly #prompts = new Map<string, Prompt>();
  readonly #read;

  constructor({ db }: Library, capacity: number) {
    this.#near = new NearDuplicates(capacity);
    this.#read = db.prepare<[number], string>('SELECT prompt FROM pairs WHERE id = ?').pluck();
  }

  add(pairId: number, promptHash: Buffer, text: string, heldOut: boolean): void {
    const key = promptHash.toString('latin1');
    const known = this.#prompts.get(key);
    const prompt = known ?? { index: this.#prompts.size, pairIds: [], train: false, heldOut: false };
    if (known === undefined) {
      this.#prompts.set(key, prompt);
      this.#near.add(normalised(text));
    }
    prompt.pairIds.push(pairId);
    prompt[heldOut ? 'heldOut' : 'train'] = true;
  }

  /** Joins what is nearly the same; yields the share done. */
  join(): Generator<number> {
    const firstPair = Int32Array.from(this.#prompts.values(), ({ pairIds }) => pairIds[0] ?? 0);
    return this.#near.join(nearlySame, (index) =>
      normalised(promptText(this.#read.get(firstPair[index] ?? 0) ?? '[]')),
    );
  }

  findings(): Finding[] {
    const groups = new Map<number, Prompt[]>();
    for (const prompt of this.#prompts.values()) {
      const group = this.#near.groupOf(prompt.index);
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [prompt]);
      else members.push(prompt);
    }
    return [...groups.values()].flatMap(groupFindings);
  }
}

function groupFindings(prompts: readonly Prompt[]): Finding[] {
  const leaks = prompts.some(({ train }) => train) && prompts.some(({ heldOut }) => heldOut);
  const near = prompts.length > 1;
  if (!near && !leaks) return [];
  const first = prompts[0]?.pairIds[0] ?? 0;
  return prompts.flatMap(({ pairIds }) =>
    pairIds.flatMap((pairId): Finding[] => [
      ...(near
        ? [
            {
              pairId,
              kind: 'near-duplicate-prompt' as const,
              side: null,
              detail: `${prompts.length} prompts nearly the same, the first is that of pair ${first}`,
            },
          ]
        : []),
      ...(leaks
        ? [
            {
              pairId,
              kind: 'prompt-in-both-splits' as const,
              side: null,
              detail: `nearly the same prompt is in training and held out, see pair ${first}`,
            },
          ]
        : []),
    ]),
  );
}
