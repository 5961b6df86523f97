/** Characters in one shingle. */
const width = 5;

/** Hashes of all runs of 5 characters of a text, ascending, each once; a shorter text is one shingle. */
export function shinglesOf(text: string): Uint32Array {
  const count = Math.max(1, text.length - width + 1);
  const hashes = new Uint32Array(count);
  for (let start = 0; start < count; start += 1) {
    // FNV-1a over UTF-16 units, then the finaliser of MurmurHash3, whose bits are even enough for MinHash.
    let hash = 0x811c9dc5;
    for (let place = start; place < start + width && place < text.length; place += 1)
      hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hashes[start] = hash ^ (hash >>> 16);
  }
  hashes.sort();
  let kept = 0;
  for (const hash of hashes) if (kept === 0 || hashes[kept - 1] !== hash) hashes[kept++] = hash;
  return hashes.subarray(0, kept);
}

/** Jaccard similarity of two shingle sets: what they share over what either has. */
export function jaccard(left: Uint32Array, right: Uint32Array): number {
  let [shared, place] = [0, 0];
  for (const hash of left) {
    while (place < right.length && (right[place] ?? 0) < hash) place += 1;
    if (right[place] === hash) shared += 1;
  }
  return shared / (left.length + right.length - shared);
}
