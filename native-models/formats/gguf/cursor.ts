import type { Failure } from '../../failure.ts';
import { arrayTypeCode, type GgufValue, valueTypeCode } from './value.ts';

/** Reads little-endian values one after another from the start of a GGUF file. */
export class GgufCursor {
  position = 0;
  /** Whether something was asked for beyond the bytes there are. */
  ranOut = false;
  readonly #bytes: Buffer;
  readonly #invalid: (reason: string) => Failure;

  constructor(bytes: Buffer, invalid: (reason: string) => Failure) {
    this.#bytes = bytes;
    this.#invalid = invalid;
  }

  bytes(length: number): Buffer {
    const end = this.position + length;
    if (end > this.#bytes.length) {
      this.ranOut = true;
      throw this.#invalid(`${length} bytes are missing at byte ${this.position}`);
    }
    const piece = this.#bytes.subarray(this.position, end);
    this.position = end;
    return piece;
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** A 64-bit count or offset, as far as a number holds it. */
  count(): number {
    const value = this.bytes(8).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#invalid(`it states a count of ${value}`);
    return Number(value);
  }

  /** How many things follow; each takes a byte at least, so no more than bytes are left. */
  length(): number {
    const value = this.count();
    if (value > this.#bytes.length - this.position) this.bytes(value);
    return value;
  }

  text(): string {
    return this.bytes(this.count()).toString('utf8');
  }

  value(): GgufValue {
    const code = this.uint32();
    if (code !== arrayTypeCode) return this.#single(code);
    const [elementCode, length] = [this.uint32(), this.length()];
    if (elementCode === valueTypeCode.string)
      return { type: 'string[]', value: Array.from({ length }, () => this.text()) };
    if (elementCode === valueTypeCode.uint32)
      return { type: 'uint32[]', value: Array.from({ length }, () => this.uint32()) };
    if (elementCode === valueTypeCode.int32)
      return { type: 'int32[]', value: Array.from({ length }, () => this.bytes(4).readInt32LE()) };
    if (elementCode === valueTypeCode.float32)
      return { type: 'float32[]', value: Array.from({ length }, () => this.bytes(4).readFloatLE()) };
    throw this.#invalid(`a list holds values of type ${elementCode}, which is not read here`);
  }

  #single(code: number): GgufValue {
    if (code === valueTypeCode.string) return { type: 'string', value: this.text() };
    if (code === valueTypeCode.uint32) return { type: 'uint32', value: this.uint32() };
    if (code === valueTypeCode.int32) return { type: 'int32', value: this.bytes(4).readInt32LE() };
    if (code === valueTypeCode.float32) return { type: 'float32', value: this.bytes(4).readFloatLE() };
    if (code === valueTypeCode.bool) return { type: 'bool', value: this.bytes(1)[0] !== 0 };
    throw this.#invalid(`a value has type ${code}, which is not read here`);
  }
}
