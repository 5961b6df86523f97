import { globSync, readFileSync } from 'node:fs';

/**
 * Refuses each line of `files` about which `complaint` says something: prints them all under `message` and lets the
 * process exit with 1.
 */
export function refuseLines(
  files: readonly string[],
  complaint: (line: string) => string | null,
  message: string,
): void {
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const said = complaint(line);
        return said === null ? [] : [`${file}:${index + 1}: ${said}`];
      }),
  );
  if (found.length === 0) return;
  console.error(`${message}\n${found.join('\n')}`);
  process.exitCode = 1;
}

/** The program's own source files, without tests, outside the folders and files that begin with one of `except`. */
export function sourceFiles(except: readonly string[]): readonly string[] {
  return globSync('{main,native-models,preload,renderer}/**/*.{ts,svelte}').filter(
    (file) => !file.endsWith('.test.ts') && !except.some((start) => file.startsWith(start)),
  );
}

/** A complaint that quotes each line that one of `patterns` matches. */
export function matching(...patterns: readonly RegExp[]): (line: string) => string | null {
  return (line) => (patterns.some((pattern) => pattern.test(line)) ? line.trim() : null);
}
