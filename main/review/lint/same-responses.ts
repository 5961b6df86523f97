import type { Side } from '../../../preload/contract/pairs.ts';
import { sha256 } from '../../library/canonical-json.ts';
import type { Finding } from './findings.ts';
import { normalised } from './text-defects.ts';

/** One judged response. */
export interface JudgedResponse {
  readonly pairId: number;
  readonly side: Side;
  readonly unsafe: boolean;
}

/** Finds equal answers to the same prompt that were judged safe in one pair and unsafe in another. */
export class SameResponses {
  readonly #first = new Map<number, JudgedResponse>();
  readonly #findings: Finding[] = [];

  add(response: JudgedResponse, promptHash: Buffer, text: string): void {
    // 48 bits: among 600,000 responses two different ones meet with probability below 0.001.
    const key = sha256(`${promptHash.toString('hex')}${normalised(text)}`).readUIntBE(0, 6);
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, response);
    else if (first.unsafe !== response.unsafe)
      this.#findings.push(findingOf(first, response), findingOf(response, first));
  }

  findings(): readonly Finding[] {
    return this.#findings;
  }
}

function findingOf({ pairId, side, unsafe }: JudgedResponse, other: JudgedResponse): Finding {
  return {
    pairId,
    kind: 'same-response-two-verdicts',
    side,
    detail:
      `${unsafe ? 'unsafe' : 'safe'} here, ${other.unsafe ? 'unsafe' : 'safe'} as response ` +
      `${other.side.toUpperCase()} of pair ${other.pairId}`,
  };
}
