import { openSync, readSync, closeSync } from 'node:fs';
import { badInput, type Failure } from '../../native-models/failure.ts';
import { statPlainFileSync } from '../../native-models/files/plain-file.ts';

const programHeaderLoad = 1;
const programHeaderDynamic = 2;
const tagNeeded = 1n;
const tagStringTable = 5n;

/**
 * The shared libraries a 64-bit little-endian ELF file asks for (DT_NEEDED), in its order. Reads the dynamic section
 * only (System V ABI, chapter 5). Throws `not-a-shared-library`.
 */
export function neededLibraries(path: string): string[] {
  return withElf(path, (read, header) => neededNames(read, programHeaders(read, header)));
}

/**
 * Calls `work` with a section of an ELF file and a way to read from it; `null` without such a section. Throws
 * `not-a-shared-library`.
 */
export function withSection<Result>(
  path: string,
  name: string,
  work: (read: Read, size: bigint) => Result,
): Result | null {
  return withElf(path, (read, header) => {
    const section = sectionHeaders(read, header).find((candidate) => candidate.name === name);
    return section === undefined ? null : work((offset, length) => read(section.offset + offset, length), section.size);
  });
}

/** Throws `not-a-shared-library` unless a file is a shared library for 64-bit Linux on x86-64. */
export function requireLinuxLibrary(path: string): void {
  withElf(path, () => undefined);
}

const [sharedObject, x86_64, currentVersion] = [3, 62, 1];
/** Tables are far shorter; a number that says otherwise is damage. */
const longestTableBytes = 64n * 1024n * 1024n;

function withElf<Result>(path: string, work: (read: Read, header: Buffer) => Result): Result {
  const { size } = statPlainFileSync(path);
  const file = openSync(path, 'r');
  try {
    const read: Read = (offset, length) => {
      if (offset > BigInt(size) || length > longestTableBytes) throw notALibrary(path);
      const bytes = Buffer.alloc(Number(length));
      readSync(file, bytes, 0, bytes.length, Number(offset));
      return bytes;
    };
    const header = read(0n, 64n);
    const isElf = size >= 64 && header.toString('latin1', 0, 4) === '\x7fELF' && header[4] === 2 && header[5] === 1;
    if (
      !isElf ||
      header.readUInt16LE(16) !== sharedObject ||
      header.readUInt16LE(18) !== x86_64 ||
      header.readUInt32LE(20) !== currentVersion
    )
      throw notALibrary(path);
    return work(read, header);
  } catch (error) {
    // A table that ends before what it is said to hold.
    throw error instanceof RangeError ? notALibrary(path) : error;
  } finally {
    closeSync(file);
  }
}

function notALibrary(path: string): Failure {
  return badInput(
    'not-a-shared-library',
    `${path} is not a complete shared library for 64-bit Linux on x86-64. Get the file again from the ` +
      'onnxruntime-gpu package for Linux x64.',
    { file: path },
  );
}

/** Reads bytes at a place. */
export type Read = (offset: bigint, length: bigint) => Buffer;

interface Section {
  readonly name: string;
  readonly offset: bigint;
  readonly size: bigint;
}

function sectionHeaders(read: Read, header: Buffer): Section[] {
  const [start, entrySize, count, namesIndex] = [
    header.readBigUInt64LE(40),
    header.readUInt16LE(58),
    header.readUInt16LE(60),
    header.readUInt16LE(62),
  ];
  const table = read(start, BigInt(entrySize * count));
  const raw = Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    return {
      nameAt: table.readUInt32LE(at),
      offset: table.readBigUInt64LE(at + 24),
      size: table.readBigUInt64LE(at + 32),
    };
  });
  const names = raw[namesIndex];
  if (names === undefined) return [];
  const strings = read(names.offset, names.size);
  return raw.map(({ nameAt, offset, size }) => ({
    name: strings.toString('latin1', nameAt, strings.indexOf(0, nameAt)),
    offset,
    size,
  }));
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly size: bigint;
}

function programHeaders(read: Read, header: Buffer): ProgramHeader[] {
  const start = header.readBigUInt64LE(32);
  const entrySize = header.readUInt16LE(54);
  const table = read(start, BigInt(entrySize * header.readUInt16LE(56)));
  return Array.from({ length: header.readUInt16LE(56) }, (_, index) => {
    const at = index * entrySize;
    return {
      type: table.readUInt32LE(at),
      offset: table.readBigUInt64LE(at + 8),
      address: table.readBigUInt64LE(at + 16),
      size: table.readBigUInt64LE(at + 32),
    };
  });
}

function neededNames(read: Read, headers: readonly ProgramHeader[]): string[] {
  const dynamic = headers.find(({ type }) => type === programHeaderDynamic);
  if (dynamic === undefined) return [];
  const section = read(dynamic.offset, dynamic.size);
  const entries = Array.from({ length: Math.floor(section.length / 16) }, (_, index) => ({
    tag: section.readBigUInt64LE(index * 16),
    value: section.readBigUInt64LE(index * 16 + 8),
  }));
  const strings = entries.find(({ tag }) => tag === tagStringTable)?.value ?? 0n;
  const segment = headers.find(
    ({ type, address, size }) => type === programHeaderLoad && strings >= address && strings < address + size,
  );
  if (segment === undefined) return [];
  const table = segment.offset + strings - segment.address;
  return entries
    .filter(({ tag }) => tag === tagNeeded)
    .map(({ value }) => {
      const name = read(table + value, 256n);
      return name.toString('latin1', 0, name.indexOf(0));
    });
}
