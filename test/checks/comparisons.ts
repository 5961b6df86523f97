import { matching, refuseLines, sourceFiles } from './refuse-lines.ts';

/**
 * Refuses code that compares one of `fields`, or compares anything with one of `names`, outside the folders and files
 * that begin with one of `allowed`.
 */
export function refuseComparisons(
  fields: readonly string[],
  names: readonly string[],
  allowed: readonly string[],
  message: string,
): void {
  const [field, name] = [`\\b(${fields.join('|')})\\b`, `['"\`](${names.join('|')})['"\`]`];
  const compared = [
    `${field}\\s*(===|!==|==|!=)`,
    `(===|!==|==|!=)\\s*[\\w.?]*${field}`,
    `(===|!==|==|!=|\\bcase)\\s*${name}`,
    `${name}\\s*(===|!==|==|!=)`,
    `\\bswitch\\s*\\([^)]*${field}`,
  ].map((pattern) => new RegExp(pattern, 'u'));
  refuseLines(sourceFiles(allowed), matching(...compared), message);
}
