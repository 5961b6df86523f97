import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const fileLimitBytes = 1024 * 1024;
const tailLines = 400;

/** Errors of the app itself, kept on this machine: `app.log` in `folder`, and the one before it. */
export interface ErrorLog {
  /**
   * Never throws: it is called where nothing is left that could catch. What the disk does not take is kept in memory.
   */
  write(error: unknown, where: string): void;
  /** The newest lines, oldest first. */
  tail(): readonly string[];
}

export function createErrorLog(folder: string): ErrorLog {
  const file = join(folder, 'app.log');
  let unwritten: string[] = [];

  const append = (entry: string): void => {
    mkdirSync(folder, { recursive: true });
    if (existsSync(file) && statSync(file).size > fileLimitBytes) renameSync(file, join(folder, 'app.before.log'));
    appendFileSync(file, entry);
  };
  const written = (): string[] => {
    try {
      return existsSync(file) ? linesOf(readFileSync(file, 'utf8')) : [];
    } catch {
      return [`${file} cannot be read.`];
    }
  };

  return {
    write(error, where) {
      const entry = `${new Date().toISOString()} ${where}\n${describe(error)}\n`;
      try {
        append([...unwritten, entry].join(''));
        unwritten = [];
      } catch (reason) {
        // A full disk, a folder that nobody may write in: the log is not worth the app.
        unwritten = [...unwritten, entry, `(kept in memory: ${describe(reason).split('\n')[0] ?? ''})\n`].slice(
          -tailLines,
        );
      }
    },
    tail: () => [...written(), ...unwritten.flatMap(linesOf)].slice(-tailLines),
  };
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
