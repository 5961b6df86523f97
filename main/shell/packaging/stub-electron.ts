import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text that marks the fuses in Electron's binary, then version 1, their number, and one character each. Source:
 * @electron/fuses.
 */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
export const fuseNames = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const;

/**
 * Writes a folder in the shape of Electron's Linux distribution without Electron in it, so that packing can be tried
 * where the real one cannot be fetched. Its program holds the fuse block, all fuses on, and nothing that runs.
 */
export function writeStubElectron(folder: string, version: string): void {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  const fuses = Buffer.concat([
    Buffer.from(fuseSentinel),
    Buffer.from([1, fuseNames.length]),
    Buffer.from('1'.repeat(fuseNames.length)),
  ]);
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from('#!/bin/false\n'), fuses, Buffer.from('\n')]), {
    mode: 0o755,
  });
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), 'stub');
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '');
  writeFileSync(join(folder, 'chrome-sandbox'), '');
  writeFileSync(join(folder, 'chrome_crashpad_handler'), '');
}

/** Reads the fuses back: name to on or off. */
export function readFuses(program: Buffer): { readonly [fuse: string]: boolean } {
  const start = program.indexOf(fuseSentinel) + fuseSentinel.length + 2;
  return Object.fromEntries(
    fuseNames.map((name, index) => [name, program.toString('latin1', start + index, start + index + 1) === '1']),
  );
}
