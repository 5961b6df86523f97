import type { LabelReader, LabelRows } from './label-rows.ts';
import { type ReviewMarks, reviewState, type ReviewState } from './review-state.ts';

/** The distinct states of a project's pairs, numbered as they are met. */
export class StateCodes {
  /** By code. */
  readonly distinct: ReviewState[];
  /** By marks, texts, numbers. */
  readonly #known = new Map<ReviewMarks, Map<string, Map<number, number>>>();
  readonly #reader: LabelReader;

  /** Begins with states that have their numbers; one of them that is met again gets a second number. */
  constructor(reader: LabelReader, distinct: readonly ReviewState[] = []) {
    this.#reader = reader;
    this.distinct = [...distinct];
  }

  /** The code of each row's state. */
  of({ ids, numbers, texts }: LabelRows, marksOf: ReadonlyMap<number, ReviewMarks>): Uint32Array {
    const codes = new Uint32Array(ids.length);
    const met: { readonly pairId: number; readonly marks: ReviewMarks }[] = [];
    for (const [row, pairId] of ids.entries()) {
      const marks = marksOf.get(pairId) ?? '';
      const byNumber = within(within(this.#known, marks), texts[row] ?? '');
      const number = numbers[row] ?? 0;
      const code = byNumber.get(number) ?? this.distinct.length + met.push({ pairId, marks }) - 1;
      if (code >= this.distinct.length) byNumber.set(number, code);
      codes[row] = code;
    }
    const labels = this.#reader.labels(met.map(({ pairId }) => pairId));
    for (const [index, { marks }] of met.entries()) {
      const label = labels[index];
      if (label !== undefined) this.distinct.push(reviewState(label, marks));
    }
    return codes;
  }
}

/** The map at a key, made when it is not there. */
function within<Key, InnerKey, Value>(maps: Map<Key, Map<InnerKey, Value>>, key: Key): Map<InnerKey, Value> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<InnerKey, Value>();
  maps.set(key, made);
  return made;
}
