import { jaccard, shinglesOf } from './shingles.ts';

const bins = 64;
const bands = 16;
const rowsPerBand = bins / bands;
const empty = 0xffffffff;
/** Comparing that many texts takes some tens of milliseconds. */
const textsPerPause = 1000;
/** Room for the text's number below the key of a band. */
const textRange = 2 ** 21;

/**
 * Finds texts that are nearly the same: candidates by one-permutation MinHash (Li, Owen and Zhang 2012) with rotation
 * densification (Shrivastava and Li 2014) in 16 bands of 4, each then checked by the exact Jaccard similarity of their
 * shingles. At similarity 0.8 a pair is a candidate with probability 0.9998. A text is compared with the first text of
 * each band's bucket, so the cost stays linear however many are alike.
 */
export class NearDuplicates {
  readonly #signatures: Uint32Array;
  readonly #parents: Int32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#signatures = new Uint32Array(capacity * bins);
    this.#parents = Int32Array.from({ length: capacity }, (_, index) => index);
  }

  /** Adds a normalised text; texts are numbered from 0 in this order. */
  add(text: string): void {
    const signature = this.#signatures.subarray(this.#count * bins, (this.#count + 1) * bins).fill(empty);
    for (const hash of shinglesOf(text)) {
      const bin = hash >>> 26;
      if (hash < (signature[bin] ?? 0)) signature[bin] = hash;
    }
    densify(signature);
    this.#count += 1;
  }

  /**
   * Joins the texts of similarity at least `threshold`; yields the share done, often enough that the caller can pause.
   * `textOf` gives a text again by its number.
   */
  *join(threshold: number, textOf: (index: number) => string): Generator<number> {
    for (let band = 0; band < bands; band += 1) {
      for (const share of this.#joinBand(band, threshold, textOf)) yield (band + share) / bands;
      yield (band + 1) / bands;
    }
  }

  /** The number of the group a text belongs to: its own, unless it was joined with others. */
  groupOf(index: number): number {
    let root = index;
    while ((this.#parents[root] ?? root) !== root) root = this.#parents[root] ?? root;
    this.#parents[index] = root;
    return root;
  }

  *#joinBand(band: number, threshold: number, textOf: (index: number) => string): Generator<number> {
    const packed = Float64Array.from(
      { length: this.#count },
      (_, index) => this.#bandKey(index, band) * textRange + index,
    ).sort();
    let [bucket, first] = [-1, -1];
    let shingles: Uint32Array = new Uint32Array();
    for (const [turn, value] of packed.entries()) {
      if (turn % textsPerPause === textsPerPause - 1) yield turn / packed.length;
      const key = Math.floor(value / textRange);
      const index = value % textRange;
      if (key !== bucket) {
        [bucket, first] = [key, index];
        shingles = new Uint32Array();
      } else if (this.groupOf(index) !== this.groupOf(first)) {
        if (shingles.length === 0) shingles = shinglesOf(textOf(first));
        if (jaccard(shingles, shinglesOf(textOf(index))) >= threshold)
          this.#parents[this.groupOf(index)] = this.groupOf(first);
      }
    }
  }

  #bandKey(index: number, band: number): number {
    let key = band + 1;
    const start = index * bins + band * rowsPerBand;
    for (let row = start; row < start + rowsPerBand; row += 1)
      key = Math.imul(key ^ (this.#signatures[row] ?? 0), 0x9e3779b1) ^ (key >>> 15);
    return key >>> 0;
  }
}

/** Fills each empty bin from the next full one, changed by the distance, so that short texts can be compared too. */
function densify(signature: Uint32Array): void {
  const sparse = signature.slice();
  for (const [bin, hash] of sparse.entries()) {
    if (hash !== empty) continue;
    let distance = 1;
    while (distance < bins && sparse[(bin + distance) % bins] === empty) distance += 1;
    signature[bin] = (sparse[(bin + distance) % bins] ?? 0) + Math.imul(distance, 0x9e3779b1);
  }
}
