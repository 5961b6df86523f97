import { seededRandom } from '../../native-models/text/seeded-random.ts';

const letters = 'abcdefghijklmn';

/**
 * JSON Lines in PKU-SafeRLHF's columns, of letters that the tiny model's tokenizer knows; the same for the same seed.
 */
export function pairLines(count: number, seed: number): string {
  const random = seededRandom(seed, 0);
  const word = (length: number): string => Array.from({ length }, () => letters[random.below(letters.length)]).join('');
  const line = (): string => {
    const better = random.below(2);
    return JSON.stringify({
      prompt: word(12),
      response_0: word(5),
      response_1: word(6),
      is_response_0_safe: random.below(2) === 0,
      is_response_1_safe: better === 1,
      better_response_id: better,
      safer_response_id: better,
    });
  };
  return `${Array.from({ length: count }, line).join('\n')}\n`;
}
