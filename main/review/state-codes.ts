import type { LabelReader, LabelRows } from './label-rows.ts';
import { type ReviewMarks, reviewState, type ReviewState } from './review-state.ts';

/** The distinct states of a project's pairs, numbered as they are met. */
export class StateCodes {
  /** By code. */
  readonly distinct: ReviewState[] = [];
  readonly #known = new Map<string, Map<number, number>>();
  readonly #reader: LabelReader;

  constructor(reader: LabelReader) {
    this.#reader = reader;
  }

  /** The code of each row's state. */
  of({ ids, numbers, texts }: LabelRows, marksOf: (pairId: number) => ReviewMarks): Uint32Array {
    const met: { readonly pairId: number; readonly marks: ReviewMarks }[] = [];
    const codes = Uint32Array.from(ids, (pairId, row) => {
      const marks = marksOf(pairId);
      const key = `${marks.findings}${marks.conflict ? '!' : ''}${marks.suggested ? '?' : ''}${texts[row]}`;
      let byNumber = this.#known.get(key);
      if (byNumber === undefined) this.#known.set(key, (byNumber = new Map()));
      const number = numbers[row] ?? 0;
      const known = byNumber.get(number);
      if (known !== undefined) return known;
      const code = this.distinct.length + met.push({ pairId, marks }) - 1;
      byNumber.set(number, code);
      return code;
    });
    const labels = this.#reader.labels(met.map(({ pairId }) => pairId));
    this.distinct.push(...met.flatMap(({ marks }, index) => (labels[index] === undefined ? [] : [reviewState(labels[index], marks)])));
    return codes;
  }
}
