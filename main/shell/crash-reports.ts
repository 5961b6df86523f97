import { app, crashReporter } from 'electron';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps native crash dumps on this machine; nothing is ever sent. */
export function keepCrashReports(): void {
  crashReporter.start({ uploadToServer: false, compress: true });
}

/** Appends an error with its stack to `main.log` in the app's log folder. */
export function logError(error: unknown, where: string): void {
  const folder = app.getPath('logs');
  mkdirSync(folder, { recursive: true });
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  appendFileSync(join(folder, 'main.log'), `${new Date().toISOString()} ${where}\n${text}\n`);
}
