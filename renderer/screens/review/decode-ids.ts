/** Ids from base64 of 32-bit little-endian integers. */
export function decodeIds(base64: string): Int32Array {
  const bytes = atob(base64);
  const view = new DataView(new ArrayBuffer(bytes.length));
  for (let place = 0; place < bytes.length; place += 1) view.setUint8(place, bytes.charCodeAt(place));
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(index * 4, true));
}
