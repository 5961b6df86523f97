import { badInput } from '../failure.ts';

export interface Truncated {
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

/**
 * Makes a prompt and the longest of its completions fit `maxLength` tokens. Completions keep their start and lose their
 * end, EOS included, as TRL's keep_start does; but each keeps at least a quarter of the length (or all it has), for
 * which a longer prompt loses its beginning, though never its BOS. Throws `max-length-too-small` below 2 tokens.
 */
export function truncate(
  promptIds: readonly number[],
  completions: readonly (readonly number[])[],
  maxLength: number,
  bosId: number | null,
): { readonly prompt: Truncated; readonly completions: readonly Truncated[] } {
  if (!Number.isInteger(maxLength) || maxLength < 2) {
    throw badInput(
      'max-length-too-small',
      `The maximum length is ${maxLength} tokens; at least 2 are needed, one of the prompt and one of the ` +
        'response. Choose a larger one, such as 512.',
      { value: maxLength },
    );
  }
  const longest = completions.reduce((most, ids) => Math.max(most, ids.length), 0);
  const room = completionRoom(promptIds.length, longest, maxLength);
  const prompt = cutStart(promptIds, maxLength - room, bosId);
  return { prompt, completions: completions.map((ids) => ({ ids: ids.slice(0, room), truncated: ids.length > room })) };
}

/** Tokens that stay of a completion, by the lengths of the prompt and of the longest completion. */
export function completionRoom(promptLength: number, longest: number, maxLength: number): number {
  const kept = Math.min(longest, Math.max(1, Math.floor(maxLength / 4)));
  return maxLength - Math.min(promptLength, maxLength - kept);
}

function cutStart(ids: readonly number[], most: number, bosId: number | null): Truncated {
  if (ids.length <= most) return { ids, truncated: false };
  const [first] = ids;
  if (first === undefined || first !== bosId || most < 2) return { ids: ids.slice(-most), truncated: true };
  return { ids: [first, ...ids.slice(ids.length - most + 1)], truncated: true };
}
