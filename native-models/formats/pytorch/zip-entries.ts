import type { FileHandle } from 'node:fs/promises';
import { ByteReader } from './byte-reader.ts';
import { PickleRefused } from './rebuild.ts';

/** Bytes of an entry that is stored as it is, within the archive. */
export interface ZipEntry {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const [endLength, endSignature] = [22, 0x06054b50];
const [locatorLength, locatorSignature] = [20, 0x07064b50];
const [bigEndLength, bigEndSignature] = [56, 0x06064b50];
const [entrySignature, localLength, localSignature] = [0x02014b50, 30, 0x04034b50];
const longestComment = 65_535;
/** A shard has a few hundred tensors, each an entry. */
const mostEntries = 200_000;
const mostDirectoryBytes = 64 * 1024 * 1024;
const unknown32 = 0xffff_ffff;

/**
 * Where the entries of a zip archive lie, by name. PyTorch stores them uncompressed, so that a tensor can be read in
 * place; anything else is refused. Throws {@link PickleRefused}.
 */
export async function zipEntries(file: FileHandle, fileBytes: number): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(file, fileBytes);
  if (directory.entries > mostEntries || directory.lengthBytes > mostDirectoryBytes)
    throw new PickleRefused(`${directory.entries} entries, more than a file of weights has`);
  const input = new ByteReader(await read(file, fileBytes, directory.offsetBytes, directory.lengthBytes));
  const entries = new Map<string, ZipEntry>();
  for (let index = 0; index < directory.entries; index++) {
    const { name, ...place } = readEntry(input);
    if (entries.has(name)) throw new PickleRefused(`two entries named "${name}"`);
    entries.set(name, await dataOf(file, fileBytes, place));
  }
  return entries;
}

async function findDirectory(file: FileHandle, fileBytes: number): Promise<ZipEntry & { readonly entries: number }> {
  const tailLength = Math.min(fileBytes, endLength + longestComment);
  const tail = await read(file, fileBytes, fileBytes - tailLength, tailLength);
  const end = tail.lastIndexOf(littleEndian(endSignature));
  if (end < 0 || end + endLength > tail.length) throw new PickleRefused('no list of entries: it is cut short');
  const input = new ByteReader(tail.subarray(end + 10));
  const [entries, lengthBytes, offsetBytes] = [input.uint16(), input.uint32(), input.uint32()];
  if (entries !== 0xffff && lengthBytes !== unknown32 && offsetBytes !== unknown32)
    return { entries, lengthBytes, offsetBytes };
  if (end < locatorLength || tail.readUInt32LE(end - locatorLength) !== locatorSignature)
    throw new PickleRefused('a list of entries whose place is not said');
  const at = wholeOf(tail.readBigUInt64LE(end - locatorLength + 8));
  const big = await read(file, fileBytes, at, bigEndLength);
  if (big.readUInt32LE(0) !== bigEndSignature)
    throw new PickleRefused('a list of entries that is not where it should be');
  return {
    entries: wholeOf(big.readBigUInt64LE(32)),
    lengthBytes: wholeOf(big.readBigUInt64LE(40)),
    offsetBytes: wholeOf(big.readBigUInt64LE(48)),
  };
}

function readEntry(input: ByteReader): ZipEntry & { readonly name: string } {
  if (input.uint32() !== entrySignature) throw new PickleRefused('a list of entries that breaks off');
  input.take(4);
  const [flags, method] = [input.uint16(), input.uint16()];
  input.take(8);
  const [packed, unpacked] = [input.uint32(), input.uint32()];
  const [nameLength, extraLength, commentLength] = [input.uint16(), input.uint16(), input.uint16()];
  input.take(8);
  const start = input.uint32();
  const name = input.take(nameLength).toString('utf8');
  const big = bigNumbers(new ByteReader(input.take(extraLength)), extraLength);
  input.take(commentLength);
  if (method !== 0) throw new PickleRefused(`the entry "${name}", which is compressed`);
  if ((flags & 1) !== 0) throw new PickleRefused(`the entry "${name}", which is encrypted`);
  const next = (value: number): number => (value === unknown32 ? wholeOf(big.shift() ?? 2n ** 63n) : value);
  const lengthBytes = next(unpacked);
  if (next(packed) !== lengthBytes) throw new PickleRefused(`the entry "${name}", whose two lengths differ`);
  return { name, lengthBytes, offsetBytes: next(start) };
}

/** The numbers of an entry that do not fit into 32 bits, in their order. */
function bigNumbers(extra: ByteReader, length: number): bigint[] {
  while (extra.at + 4 <= length) {
    const [id, size] = [extra.uint16(), extra.uint16()];
    const field = extra.take(size);
    if (id === 1) return Array.from({ length: Math.floor(size / 8) }, (_, index) => field.readBigUInt64LE(8 * index));
  }
  return [];
}

/** The data of an entry begin after its local header. */
async function dataOf(file: FileHandle, fileBytes: number, entry: ZipEntry): Promise<ZipEntry> {
  const header = await read(file, fileBytes, entry.offsetBytes, localLength);
  if (header.readUInt32LE(0) !== localSignature) throw new PickleRefused('an entry that is not where it should be');
  const offsetBytes = entry.offsetBytes + localLength + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offsetBytes + entry.lengthBytes > fileBytes) throw new PickleRefused('an entry that ends beyond the file');
  return { offsetBytes, lengthBytes: entry.lengthBytes };
}

async function read(file: FileHandle, fileBytes: number, offset: number, length: number): Promise<Buffer> {
  if (offset < 0 || offset + length > fileBytes) throw new PickleRefused('an entry that lies beyond the file');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead !== length) throw new PickleRefused('less than it says: it is cut short');
  return bytes;
}

function wholeOf(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new PickleRefused('a length beyond every file');
  return Number(value);
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
