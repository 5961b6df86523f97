import { badInput, type Failure } from '../../../native-models/failure.ts';
import { SliceBuilder, type Slice } from './slice.ts';

type Place = 'before' | 'object' | 'between' | 'element' | 'after' | 'rest';

const quote = 0x22;
const backslash = 0x5c;
const [openList, closeList, openObject, closeObject, comma, colon, lineFeed] = [
  0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0x3a, 0x0a,
];

/**
 * Cuts JSON text into the elements of its one list, without parsing them: `[...]`, or the list under the key `data`
 * of an object. Brackets and strings are all it follows, so a row with `NaN` or a repeated key costs only that row,
 * which an event parser could not offer, and one element is all that is held.
 * @throws Failure `json-truncated`, `json-syntax`, `json-without-rows`
 */
export async function* splitElements(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Slice> {
  const splitter = new ElementSplitter(path);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  splitter.finish();
}

class ElementSplitter {
  readonly #path: string;
  readonly #builder = new SliceBuilder();
  #place: Place = 'before';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #offset = 0;
  /** The last string seen directly inside the outer object: the name of the value that follows. */
  #key = '';
  #name = '';

  constructor(path: string) {
    this.#path = path;
  }

  *push(chunk: Buffer): Generator<Slice> {
    let start = this.#place === 'element' ? 0 : -1;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (byte === lineFeed) this.#line += 1;
      if (this.#inString) {
        this.#insideString(byte);
        continue;
      }
      if (this.#place === 'element') {
        const ends = this.#depth === 0 && (byte === comma || byte === closeList);
        if (!ends) {
          this.#follow(byte);
          continue;
        }
        this.#builder.add(chunk.subarray(start, index));
        yield this.#builder.end();
        this.#place = byte === comma ? 'between' : this.#afterList();
        continue;
      }
      if (byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09) continue;
      if (this.#place === 'between') {
        if (byte === closeList) {
          this.#place = this.#afterList();
          continue;
        }
        start = index;
        this.#builder.begin(this.#line, this.#offset + index);
        this.#place = 'element';
        this.#follow(byte);
        continue;
      }
      this.#outside(byte);
    }
    if (this.#place === 'element' && start >= 0) this.#builder.add(chunk.subarray(start));
    this.#offset += chunk.length;
  }

  finish(): void {
    if (this.#place === 'before') throw this.#fail('dataset-empty', 'holds no rows.');
    if (this.#place === 'after' && this.#name !== 'data' && this.#wasObject) {
      throw this.#fail(
        'json-without-rows',
        'is one object without a list under "data". Expected a list of row objects.',
      );
    }
    if (this.#place !== 'after')
      throw this.#fail(
        'json-truncated',
        `ends in the middle of its JSON text, in line ${this.#line}. Download or copy the file again.`,
      );
  }

  #wasObject = false;

  #afterList(): Place {
    if (!this.#wasObject) return 'after';
    this.#depth = 1;
    return 'rest';
  }

  /** Text around the list: the opening bracket, or the other keys of the object that holds it. */
  #outside(byte: number): void {
    if (this.#place === 'before') {
      if (byte === openList) this.#place = 'between';
      else if (byte === openObject) {
        this.#place = 'object';
        this.#wasObject = true;
        this.#depth = 1;
      } else
        throw this.#fail(
          'json-syntax',
          `is not JSON: line ${this.#line} starts with ${JSON.stringify(String.fromCharCode(byte))}. ` +
            'Expected "[" or "{".',
        );
      return;
    }
    if (this.#place === 'after') {
      throw this.#fail(
        'json-syntax',
        `has text after its JSON value, in line ${this.#line}. For one object per line, name the file .jsonl.`,
      );
    }
    if (this.#place === 'object' && this.#depth === 1 && byte === colon) this.#name = this.#key;
    if (this.#place === 'object' && this.#depth === 1 && byte === openList && this.#name === 'data') {
      this.#place = 'between';
      this.#depth = 0;
      return;
    }
    this.#follow(byte);
    if (this.#depth === 0) this.#place = 'after';
  }

  #follow(byte: number): void {
    if (byte === quote) {
      this.#inString = true;
      this.#key = '';
    } else if (byte === openList || byte === openObject) this.#depth += 1;
    else if (byte === closeList || byte === closeObject) this.#depth -= 1;
  }

  #insideString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = false;
    else if (this.#place === 'object' && this.#key.length < 8) this.#key += String.fromCharCode(byte);
  }

  #fail(code: string, what: string): Failure {
    return badInput(code, `${this.#path} ${what}`, { file: this.#path, line: this.#line });
  }
}
