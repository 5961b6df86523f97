import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { kernelArchitectures, runsOn } from './cuda-kernels.ts';

/** One fat binary of entries `[kind, capability]`, each with `bytes` of code. */
function fatBinary(entries: readonly (readonly [kind: number, capability: number])[], bytes: number): Buffer {
  const made = entries.map(([kind, capability]) => {
    const entry = Buffer.alloc(64 + bytes);
    entry.writeUInt16LE(kind, 0);
    entry.writeUInt32LE(64, 4);
    entry.writeBigUInt64LE(BigInt(bytes), 8);
    entry.writeUInt32LE(capability, 28);
    return entry;
  });
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(Buffer.concat(made).length), 8);
  return Buffer.concat([header, ...made]);
}

/** An ELF file of one named section and the table of section names. */
function elfFile(name: string, section: Buffer): string {
  const names = Buffer.from(`\0${name}\0.shstrtab\0`, 'latin1');
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(64 + section.length + names.length), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(2, 60);
  header.writeUInt16LE(1, 62);
  const sectionHeader = (nameAt: number, offset: number, size: number): Buffer => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32LE(nameAt, 0);
    bytes.writeBigUInt64LE(BigInt(offset), 24);
    bytes.writeBigUInt64LE(BigInt(size), 32);
    return bytes;
  };
  const folder = mkdtempSync(join(tmpdir(), 'safedpo-kernels-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'library.so');
  writeFileSync(
    file,
    Buffer.concat([
      header,
      section,
      names,
      sectionHeader(1, 64, section.length),
      sectionHeader(name.length + 2, 64 + section.length, names.length),
    ]),
  );
  return file;
}

it('reads the cards a library was built for from its bytes, padding between binaries passed over', () => {
  const section = Buffer.concat([
    fatBinary(
      [
        [2, 75],
        [2, 80],
        [1, 90],
      ],
      40,
    ),
    Buffer.alloc(24),
    fatBinary(
      [
        [2, 120],
        [2, 80],
      ],
      8,
    ),
  ]);
  expect(kernelArchitectures(elfFile('.nv_fatbin', section))).toEqual({ compiled: [75, 80, 120], portable: [90] });
});

it('knows that a library has no kernels', () => {
  expect(kernelArchitectures(elfFile('.text', Buffer.alloc(8)))).toBeNull();
});

it.each([
  [8.6, true],
  [8.9, true],
  [7.5, true],
  [7.0, false],
  [10.0, false],
  [12.1, true],
])('machine code for 7.5, 8.0 and 12.0 on a card of capability %d: %s', (capability, runs) => {
  expect(runsOn({ compiled: [75, 80, 120], portable: [] }, capability)).toBe(runs);
});

it('PTX runs on its capability and all later ones', () => {
  expect([8.9, 9, 10.3].map((capability) => runsOn({ compiled: [], portable: [90] }, capability))).toEqual([
    false,
    true,
    true,
  ]);
});
