import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runtimeFolder, runtimeVersion } from './cuda-libraries.ts';
import { neededLibraries } from './elf.ts';
import { installProvider } from './install-provider.ts';
import { findLibrary, libraryFolders } from './library-folders.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-hardware-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A zip file of stored entries (APPNOTE 6.3.10, 4.3). */
function zip(files: { readonly [name: string]: string | Buffer }): Buffer {
  let offset = 0;
  const central: Buffer[] = [];
  const local = Object.entries(files).map(([name, text]) => {
    const [label, data] = [Buffer.from(name), typeof text === 'string' ? Buffer.from(text) : text];
    const sizes = Buffer.alloc(22);
    sizes.writeUInt16LE(20, 0);
    sizes.writeUInt32LE(crc32(data), 10);
    sizes.writeUInt32LE(data.length, 14);
    sizes.writeUInt32LE(data.length, 18);
    const names = Buffer.alloc(4);
    names.writeUInt16LE(label.length, 0);
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004'), sizes, names, label, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), sizes, names, place, label]));
    offset += entry.length;
    return entry;
  });
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(central.length, 4);
  end.writeUInt16LE(central.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\u0005\u0006'), end]);
}

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
/** The header of a shared library for x86-64, and what tells it from others. */
function library(text: string, machine = 62): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([header, Buffer.from(text)]);
}
const [shared, cuda] = [library('the shared provider'), library('the CUDA provider')];
const wheel = {
  'onnxruntime/capi/libonnxruntime_providers_shared.so': shared,
  'onnxruntime/capi/libonnxruntime_providers_cuda.so': cuda,
  'onnxruntime/__init__.py': 'x',
};

/** The directory gives an entry that is wanted a size that its data does not have. */
function lyingZip(): Buffer {
  const bytes = zip(wheel);
  const at = bytes.indexOf('PK\u0001\u0002');
  bytes.writeUInt32LE(bytes.readUInt32LE(at + 24) + 7, at + 24);
  return bytes;
}

describe('installProvider', () => {
  it('takes the two provider files and nothing else, with their hashes', async () => {
    const [from, to] = [folder(), folder()];
    const file = join(from, `onnxruntime_gpu-${runtimeVersion()}-cp312-cp312-manylinux_2_27_x86_64.whl`);
    writeFileSync(file, zip(wheel));
    const installed = await installProvider(file, to);
    expect(readdirSync(to).sort()).toEqual(['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so']);
    expect(readFileSync(join(to, 'libonnxruntime_providers_cuda.so'))).toEqual(cuda);
    expect(installed.files.map((entry) => entry.sha256).sort()).toEqual([sha256(cuda), sha256(shared)].sort());
    expect(installed.sha256).toBe(createHash('sha256').update(zip(wheel)).digest('hex'));
  });

  it.each([
    ['another version', 'onnxruntime_gpu-1.2.3.whl', zip(wheel), 'provider-package-version'],
    ['no zip', `onnxruntime_gpu-${runtimeVersion()}.whl`, Buffer.from('not a zip'), 'provider-package-invalid'],
    [
      'one of the two files',
      `onnxruntime_gpu-${runtimeVersion()}.jar`,
      zip({ 'a/libonnxruntime_providers_shared.so': shared }),
      'provider-package-invalid',
    ],
    [
      'files of five bytes',
      `onnxruntime_gpu-${runtimeVersion()}.jar`,
      zip({ 'libonnxruntime_providers_shared.so': 'abcde', 'libonnxruntime_providers_cuda.so': 'abcde' }),
      'not-a-shared-library',
    ],
    [
      'a library for ARM',
      `onnxruntime_gpu-${runtimeVersion()}.jar`,
      zip({ 'libonnxruntime_providers_shared.so': shared, 'libonnxruntime_providers_cuda.so': library('ARM', 183) }),
      'not-a-shared-library',
    ],
    ['a size that lies', `onnxruntime_gpu-${runtimeVersion()}.jar`, lyingZip(), 'provider-package-invalid'],
    [
      'a file twice',
      `onnxruntime_gpu-${runtimeVersion()}.jar`,
      zip({ 'a/libonnxruntime_providers_shared.so': shared, 'b/libonnxruntime_providers_shared.so': shared }),
      'provider-package-invalid',
    ],
    [
      'a package without the provider',
      `onnxruntime_gpu-${runtimeVersion()}.jar`,
      zip({ 'a.txt': 'a' }),
      'provider-package-invalid',
    ],
  ])('refuses %s', async (_, name, bytes, code) => {
    const [from, to] = [folder(), folder()];
    writeFileSync(join(from, name), bytes);
    await expect(installProvider(join(from, name), to)).rejects.toMatchObject({ kind: 'input', code });
    expect(readdirSync(to)).toEqual([]);
  });
});

describe('libraries', () => {
  it.runIf(process.platform === 'linux')('reads what a library needs from its own bytes', () => {
    expect(neededLibraries(join(runtimeFolder(), 'libonnxruntime.so.1'))).toEqual(
      expect.arrayContaining(['libc.so.6', 'libstdc++.so.6']),
    );
  });

  it('refuses what is no library', () => {
    const file = join(folder(), 'x.so');
    writeFileSync(file, 'text');
    expect(() => neededLibraries(file)).toThrowError(expect.objectContaining({ code: 'not-a-shared-library' }));
  });

  it('are looked for in LD_LIBRARY_PATH first', () => {
    const place = folder();
    writeFileSync(join(place, 'libcudart.so.13'), '');
    const folders = libraryFolders({ LD_LIBRARY_PATH: place });
    expect(folders[0]).toBe(place);
    expect(findLibrary('libcudart.so.13', folders)).toBe(join(place, 'libcudart.so.13'));
    expect(findLibrary('libnothing.so', folders)).toBeNull();
  });
});
