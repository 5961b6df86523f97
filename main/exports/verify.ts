import { join } from 'node:path';
import { z } from 'zod';
import { badInput, Failure } from '../../native-models/failure.ts';
import { sha256OfFile } from '../../native-models/files/file-hash.ts';
import { isNotFound, parseFields, readJsonFile } from '../../native-models/files/json-file.ts';
import { statPlainFile } from '../../native-models/files/plain-file.ts';
import { certificateFile, certificateVersion } from './certificate.ts';
import { pathsIn, type HashedFile } from './file-hashes.ts';

const listedFile = z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const schema = z.looseObject({
  safedpoCertificate: z.literal(certificateVersion),
  run: z.string(),
  format: z.string(),
  // Not a record: its parser leaves out a file of the name __proto__.
  files: z.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object of paths',
  ),
});

/** What a folder that holds all that was exported says of itself. */
export interface Verified {
  readonly run: string;
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
  /**
   * Files that lie beside the exported ones. Hidden ones, such as those of Git and of the Hub's tools, are not named.
   */
  readonly added: readonly string[];
  /** Of certificate.json: who knows it from the maker of the export knows that the certificate is theirs. */
  readonly certificateSha256: string;
}

/**
 * Checks every exported file against the certificate beside it; needs neither network nor library. The certificate is a
 * checksum, not a signature: whoever changes files can write another one.
 * @throws Failure `certificate-missing`, `certificate-invalid`, `certificate-mismatch` (details list what is changed,
 * missing and no plain file)
 */
export async function verifyExport(folder: string): Promise<Verified> {
  const file = join(folder, certificateFile);
  const { run, format, files } = parseFields(schema, await readCertificate(file), file, 'certificate-invalid');
  const listed = new Map(
    Object.entries(files).map(
      ([path, found]) =>
        [
          requireInside(path, file),
          parseFields(listedFile, found, `${file}, files, ${path}`, 'certificate-invalid'),
        ] as const,
    ),
  );
  const problems = new Map<string, Problem>();
  for (const [path, expected] of listed) {
    const problem = await problemOf(join(folder, path), expected);
    if (problem !== null) problems.set(path, problem);
  }
  const withProblem = (wanted: Problem): string[] =>
    [...problems].filter(([, problem]) => problem === wanted).map(([path]) => path);
  if (problems.size > 0) {
    const told = [...problems].map(([path, problem]) => `${path} ${problem}`).join(', ');
    throw badInput(
      'certificate-mismatch',
      `${folder} does not match its certificate: ${told}. Get it again from where it came from, or export ` +
        `run ${run} again.`,
      {
        folder,
        changed: withProblem('was changed'),
        missing: withProblem('is missing'),
        notPlain: withProblem('is not a regular file'),
      },
    );
  }
  const added = (await pathsIn(folder)).filter(
    (path) => path !== certificateFile && !listed.has(path) && !isHidden(path),
  );
  return {
    run,
    format,
    files: listed.size,
    bytes: [...listed.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    added,
    certificateSha256: await sha256OfFile(file),
  };
}

type Problem = 'was changed' | 'is missing' | 'is not a regular file';

/** A link to a plain file is read, as the Hub's cache keeps its files behind links. */
async function problemOf(file: string, expected: HashedFile): Promise<Problem | null> {
  try {
    const { size } = await statPlainFile(file);
    return size === expected.bytes && (await sha256OfFile(file)) === expected.sha256 ? null : 'was changed';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === 'file-not-found' ? 'is missing' : 'is not a regular file';
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}

function requireInside(path: string, file: string): string {
  const parts = path.split('/');
  if (
    path !== '' &&
    !/[\\\0]|^[A-Za-z]:/u.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..')
  )
    return path;
  throw badInput(
    'certificate-invalid',
    `${file}: files lists ${JSON.stringify(path)}, which is not a path inside the folder. The certificate was ` +
      'not written by an export.',
    { file, path },
  );
}

async function readCertificate(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw badInput(
      'certificate-missing',
      `${file} does not exist, so there is nothing to check the folder against. Give a folder that an export wrote.`,
      { file },
      { cause: error },
    );
  }
}
