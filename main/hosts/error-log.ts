import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const fileLimitBytes = 1024 * 1024;
const tailLines = 400;

/** Errors of the app itself, kept on this machine: `app.log` in `folder`, and the one before it. */
export interface ErrorLog {
  write(error: unknown, where: string): void;
  /** The newest lines, oldest first. */
  tail(): readonly string[];
}

export function createErrorLog(folder: string): ErrorLog {
  const file = join(folder, 'app.log');
  return {
    write(error, where) {
      mkdirSync(folder, { recursive: true });
      if (existsSync(file) && statSync(file).size > fileLimitBytes) renameSync(file, join(folder, 'app.before.log'));
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      appendFileSync(file, `${new Date().toISOString()} ${where}\n${text}\n`);
    },
    tail: () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-tailLines) : []),
  };
}
