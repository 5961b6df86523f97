/**
 * Name of the project made for what was dropped: that of the first file without its ending, and a number where it is
 * taken.
 */
export function projectNameFor(fileName: string, taken: readonly string[]): string {
  const name =
    fileName
      .replace(/(\.(jsonl?|csv|tsv|parquet|gz))+$/i, '')
      .trim()
      .slice(0, 100) || 'New project';
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}
