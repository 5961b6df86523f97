import { withSection, type Read } from './elf.ts';

const fatBinaryMagic = 0xba55ed50;
const kinds = { portable: 1, compiled: 2 } as const;

/** What a library's GPU code runs on, as compute capabilities times ten (86 is 8.6). */
export interface KernelArchitectures {
  /** Machine code: runs on this capability and on later ones of the same major version. */
  readonly compiled: readonly number[];
  /** PTX: the driver compiles it for this capability and any later one. */
  readonly portable: readonly number[];
}

/**
 * Reads which cards the kernels in a CUDA library were built for, from the headers in its `.nv_fatbin` section (layout
 * as in `fatbinary_section.h` of the CUDA toolkit and LLVM's CUDA driver); `null` for a library without kernels.
 */
export function kernelArchitectures(path: string): KernelArchitectures | null {
  return withSection(path, '.nv_fatbin', (read, size) => {
    const found = new Set(entriesOf(read, size));
    const of = (kind: number): number[] =>
      [...found]
        .filter((entry) => entry.startsWith(`${kind} `))
        .map((entry) => Number(entry.split(' ')[1]))
        .sort((a, b) => a - b);
    return { compiled: of(kinds.compiled), portable: of(kinds.portable) };
  });
}

/** Whether a card of this compute capability (8.6) can run such kernels. */
export function runsOn({ compiled, portable }: KernelArchitectures, computeCapability: number): boolean {
  const card = Math.round(computeCapability * 10);
  const major = (capability: number): number => Math.floor(capability / 10);
  return (
    compiled.some((built) => major(built) === major(card) && built <= card) || portable.some((built) => built <= card)
  );
}

/**
 * `KIND CAPABILITY` of each entry of each fat binary: a 16-byte header, then entries whose headers give their own size.
 */
function* entriesOf(read: Read, size: bigint): Generator<string> {
  let at = 0n;
  while (at + 16n <= size) {
    const header = read(at, 16n);
    if (header.readUInt32LE(0) !== fatBinaryMagic) {
      // Binaries begin at multiples of eight.
      at += 8n;
      continue;
    }
    let entry = at + BigInt(header.readUInt16LE(6));
    if (entry === at) return;
    at = entry + header.readBigUInt64LE(8);
    while (entry < at) {
      const fields = read(entry, 32n);
      yield `${fields.readUInt16LE(0)} ${fields.readUInt32LE(28)}`;
      const entryBytes = BigInt(fields.readUInt32LE(4)) + fields.readBigUInt64LE(8);
      // Sizes of nothing lead nowhere.
      if (entryBytes === 0n) return;
      entry += entryBytes;
    }
  }
}
