import type { Message } from '../../../preload/contract/pairs.ts';
import type { Library } from '../../library/library.ts';
import { contentHash } from '../../library/pair-hash.ts';

/** Finds the pairs of a project that a file from elsewhere means. */
export interface PairFinder {
  /** By content hash, hexadecimal. */
  byHash(hash: string): number | null;
  /** By texts; a prompt given as text is one message of the user. */
  byTexts(prompt: string | readonly Message[], responseA: string, responseB: string): number | null;
}

/** Opens the finder of a project. Of a pair that is in the trash too it finds the one that labels are about. */
export function pairFinder({ db }: Library, projectId: number): PairFinder {
  const select = db
    .prepare<[number, Buffer], number>('SELECT id FROM current_pairs WHERE project_id = ? AND content_hash = ?')
    .pluck();
  return {
    byHash: (hash) => select.get(projectId, Buffer.from(hash, 'hex')) ?? null,
    byTexts(prompt, responseA, responseB) {
      const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt;
      return select.get(projectId, contentHash(messages, responseA, responseB)) ?? null;
    },
  };
}
