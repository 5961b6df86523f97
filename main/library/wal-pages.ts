const headerBytes = 32;
const frameHeaderBytes = 24;
/** The last bit says whether checksums are over big-endian words. */
const magic = 0x377f0682;

/**
 * A database with what its write-ahead log holds put in place: all transactions that were committed, as SQLite itself
 * would read them (sqlite.org/fileformat2.html, "The Write-Ahead Log"). For where SQLite cannot, because it may not
 * write its index of the log beside it.
 * @param database the bytes of the database file
 * @param log the bytes of the file that ends in `-wal`; empty where there is none
 */
export function withWalPages(database: Buffer, log: Buffer): Buffer {
  if (log.length < headerBytes || (log.readUInt32BE(0) & ~1) >>> 0 !== magic) return database;
  const pageBytes = log.readUInt32BE(8);
  const word =
    (log.readUInt32BE(0) & 1) === 1 ? (at: number) => log.readUInt32BE(at) : (at: number) => log.readUInt32LE(at);
  const checksum = ([first, second]: Sums, start: number, end: number): Sums => {
    for (let at = start; at < end; at += 8) {
      first = (first + word(at) + second) >>> 0;
      second = (second + word(at + 4) + first) >>> 0;
    }
    return [first, second];
  };
  let sums = checksum([0, 0], 0, 24);
  if (!equals(log, 24, sums)) return database;
  let result = database;
  let pending: { readonly page: number; readonly at: number }[] = [];
  for (let at = headerBytes; at + frameHeaderBytes + pageBytes <= log.length; at += frameHeaderBytes + pageBytes) {
    const data = at + frameHeaderBytes;
    sums = checksum(checksum(sums, at, at + 8), data, data + pageBytes);
    if (log.compare(log, 16, 24, at + 8, at + 16) !== 0 || !equals(log, at + 16, sums)) break;
    pending.push({ page: log.readUInt32BE(at), at: data });
    const pagesAfterCommit = log.readUInt32BE(at + 4);
    if (pagesAfterCommit === 0) continue;
    result = resized(result, pagesAfterCommit * pageBytes);
    for (const frame of pending)
      if (frame.page <= pagesAfterCommit)
        log.copy(result, (frame.page - 1) * pageBytes, frame.at, frame.at + pageBytes);
    pending = [];
  }
  return result;
}

type Sums = readonly [number, number];

function equals(log: Buffer, at: number, [first, second]: Sums): boolean {
  return log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
}

function resized(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return bytes.subarray(0, length);
  const longer = Buffer.alloc(length);
  bytes.copy(longer);
  return longer;
}
