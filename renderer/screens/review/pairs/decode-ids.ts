/** Ids from base64 of 32-bit little-endian integers, which is how every machine that runs a browser keeps them. */
export function decodeIds(base64: string): Int32Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < bytes.length; place += 1) bytes[place] = text.charCodeAt(place);
  return new Int32Array(bytes.buffer);
}
