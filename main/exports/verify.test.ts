import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFolder } from './file-hashes.ts';
import { verifyExport } from './verify.ts';

const names = ['model.safetensors', 'constructor', '__proto__', 'hasOwnProperty'];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  for (const name of names) await writeFile(join(folder, name), `of ${name}`);
  await certify(Object.fromEntries(await hashFolder(folder)));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function certify(files: object): Promise<void> {
  return writeFile(
    join(folder, 'certificate.json'),
    JSON.stringify({ safedpoCertificate: 1, run: 'r', format: 'safetensors', files }),
  );
}

it('an exported folder is intact, whatever its files are called', async () => {
  expect(await verifyExport(folder)).toMatchObject({
    run: 'r',
    files: 4,
    added: [],
    certificateSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it.each(names)('%s changed is told', async (name) => {
  await appendFile(join(folder, name), 'x');
  await expect(verifyExport(folder)).rejects.toMatchObject({
    code: 'certificate-mismatch',
    details: { changed: [name], missing: [], notPlain: [] },
  });
});

it('one byte for another of the same length is told', async () => {
  await writeFile(join(folder, 'constructor'), 'of Constructor');
  await expect(verifyExport(folder)).rejects.toMatchObject({ details: { changed: ['constructor'] } });
});

it('a file that is gone is told', async () => {
  await rm(join(folder, '__proto__'));
  await expect(verifyExport(folder)).rejects.toMatchObject({ details: { missing: ['__proto__'] } });
});

describe('what others put beside the files', () => {
  it('by the Hub and its tools is left out, a quantised file is named; both are no fault', async () => {
    await writeFile(join(folder, '.gitattributes'), '*.safetensors filter=lfs');
    await mkdir(join(folder, '.cache', 'huggingface'), { recursive: true });
    await writeFile(join(folder, '.cache', 'huggingface', 'model.safetensors.metadata'), '');
    await writeFile(join(folder, 'model-Q4_K_M.gguf'), 'GGUF');
    expect((await verifyExport(folder)).added).toEqual(['model-Q4_K_M.gguf']);
  });

  it.each(['toString', 'valueOf'])('named %s is told, too', async (name) => {
    await writeFile(join(folder, name), 'added');
    expect((await verifyExport(folder)).added).toEqual([name]);
  });

  it('is not opened: a link to a device, one to a folder and a named pipe are only named', async () => {
    await symlink('/dev/zero', join(folder, 'device'));
    await symlink(tmpdir(), join(folder, 'elsewhere'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect((await verifyExport(folder)).added).toEqual(['device', 'elsewhere', 'pipe']);
  });
});

it('the Hub’s cache keeps files behind links, and they are read', async () => {
  const blobs = await mkdtemp(join(tmpdir(), 'blobs-'));
  await rename(join(folder, 'model.safetensors'), join(blobs, 'blob'));
  await symlink(join(blobs, 'blob'), join(folder, 'model.safetensors'));
  expect(await verifyExport(folder)).toMatchObject({ files: 4 });
  await rm(blobs, { recursive: true });
});

it.each([
  { what: 'a device', replace: (file: string) => symlink('/dev/zero', file) },
  { what: 'a folder', replace: (file: string) => mkdir(file) },
  { what: 'a named pipe', replace: async (file: string) => void execFileSync('mkfifo', [file]) },
])('$what in place of a listed file is refused, not read', async ({ replace }) => {
  const file = join(folder, 'model.safetensors');
  await rm(file);
  await replace(file);
  await expect(verifyExport(folder)).rejects.toMatchObject({
    code: 'certificate-mismatch',
    details: { notPlain: ['model.safetensors'] },
  });
});

it.each(['../outside', '/etc/passwd', 'a/../../b', 'C:/x', 'a\\b', ''])(
  'a certificate that lists %j is refused',
  async (path) => {
    await certify({ [path]: { bytes: 0, sha256: createHash('sha256').digest('hex') } });
    await expect(verifyExport(folder)).rejects.toMatchObject({ code: 'certificate-invalid', details: { path } });
  },
);
