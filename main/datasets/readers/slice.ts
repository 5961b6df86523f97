import { maximumRowBytes } from './row.ts';

/** The bytes of one row, cut out of the stream. */
export interface Slice {
  /** 1-based line on which it starts. */
  readonly line: number;
  /** Offset of its first byte in the decoded text. */
  readonly byteOffset: number;
  /** Its bytes; only the first few hundred when `tooLong`. */
  readonly bytes: Buffer;
  readonly tooLong: boolean;
}

const excerptBytes = 400;

/** Collects the pieces of a row over chunk borders and lets go of them once the row is too long to be held. */
export class SliceBuilder {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #tooLong = false;
  #line = 0;
  #byteOffset = 0;

  /** Whether nothing was added since `begin`. */
  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  begin(line: number, byteOffset: number): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#tooLong = false;
    this.#line = line;
    this.#byteOffset = byteOffset;
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#tooLong) return;
    this.#pieces.push(piece);
    if (this.#bytes <= maximumRowBytes) return;
    this.#tooLong = true;
    this.#pieces = [Buffer.from(Buffer.concat(this.#pieces.slice(0, 2)).subarray(0, excerptBytes))];
  }

  end(): Slice {
    const [first] = this.#pieces;
    const bytes = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    return { line: this.#line, byteOffset: this.#byteOffset, bytes, tooLong: this.#tooLong };
  }
}
