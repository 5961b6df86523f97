const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];

/** What a JSON text looks like from outside, seen before anything is built of it. */
export interface JsonShape {
  /** Objects and lists inside one another, the outermost included. */
  readonly depth: number;
  /** Objects directly inside the outermost one. */
  readonly innerObjects: number;
  /** Keys of all objects. */
  readonly keys: number;
}

/** Walks the bytes once; of a text that is not JSON the numbers mean nothing. */
export function jsonShape(bytes: Uint8Array): JsonShape {
  let [depth, deepest, innerObjects, keys] = [0, 0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++;
    } else if (byte === colon) keys++;
    else if (byte === 0x7b || byte === 0x5b) {
      if (byte === 0x7b && depth === 1) innerObjects++;
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return { depth: deepest, innerObjects, keys };
}
