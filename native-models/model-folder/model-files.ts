import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, isAbsolute, sep } from 'node:path';
import { badInput } from '../failure.ts';

/**
 * What makes tokens of text, and text of tokens. A fixed list: nothing else in a folder is ever copied into an export.
 */
const tokenizerFiles: ReadonlySet<string> = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
  'generation_config.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
]);

const licenceName = new RegExp(
  '^(licen[cs]e|notice|copying|(acceptable[-_])?use[-_]policy|usage[-_]policy)' +
    String.raw`([-_](code|model|mit|apache|apache-2\.0|llama\d*))?(\.(txt|md|rst|html|pdf))?$`,
  'i',
);

/** The files of a model folder that an export takes along unchanged. */
export interface CarriedFiles {
  /** Tokenizer, generation config and licence, sorted. */
  readonly carriedFiles: readonly string[];
  /** The part of `carriedFiles` that states the model's terms. */
  readonly licenceFiles: readonly string[];
  /**
   * Files of these names that are links to somewhere outside the model folder (and its Hugging Face cache); never
   * copied.
   */
  readonly outsideLinks: readonly string[];
}

/** Finds the plain files to carry over; `dir` has its links resolved. */
export async function findCarriedFiles(dir: string): Promise<CarriedFiles> {
  const names = (await readdir(dir)).filter((name) => tokenizerFiles.has(name) || licenceName.test(name)).sort();
  const homes = [dir, ...hubBlobs(dir)];
  const carriedFiles: string[] = [];
  const outsideLinks: string[] = [];
  for (const name of names) {
    const file = await realpath(join(dir, name)).catch(() => null);
    if (file === null || !(await stat(file)).isFile()) continue;
    (homes.some((home) => isInside(home, file)) ? carriedFiles : outsideLinks).push(name);
  }
  return { carriedFiles, licenceFiles: carriedFiles.filter((name) => licenceName.test(name)), outsideLinks };
}

/** Throws `model-file-leads-out` where something that an export needs lies outside the model folder. */
export function requireOwnFiles({
  dir,
  outsideLinks,
}: {
  readonly dir: string;
  readonly outsideLinks: readonly string[];
}): void {
  const [name] = outsideLinks;
  if (name === undefined) return;
  throw badInput(
    'model-file-leads-out',
    `${join(dir, name)} is a link to a file outside the model folder, and an export never copies such ` +
      'files: what it leads to might be private. Replace the link by a copy of the file, then export again.',
    { folder: dir, links: outsideLinks },
  );
}

export function isTokenizerFile(name: string): boolean {
  return tokenizerFiles.has(name);
}

/** A snapshot of the Hugging Face cache is a folder of links into `blobs` beside `snapshots`. */
function hubBlobs(dir: string): readonly string[] {
  const snapshots = dirname(dir);
  const entry = dirname(snapshots);
  return basename(snapshots) === 'snapshots' && basename(entry).startsWith('models--') ? [join(entry, 'blobs')] : [];
}

function isInside(home: string, file: string): boolean {
  const path = relative(home, file);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
