import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findElectron } from './find-electron.ts';
import { keepFilesPrivate } from '../library/private-files.ts';
import { serveCommand } from './cli/commands/serve.ts';

/** `npm start`: the desktop app where Electron can be had, else the same app in a browser. */

const appFolder = fileURLToPath(new URL('../..', import.meta.url));
const electron = findElectron();
keepFilesPrivate();

if ('program' in electron) {
  // The engine needs a plain Node; inside Electron `process.execPath` is Electron.
  const shell = spawn(electron.program, [appFolder], {
    stdio: 'inherit',
    env: { ...process.env, SAFEDPO_ENGINE_NODE: process.execPath },
  });
  shell.once('exit', (code) => process.exit(code ?? 1));
} else {
  console.log(`The desktop window cannot be opened (${electron.missing}); the app runs in a browser instead.`);
  await serveCommand().parseAsync([], { from: 'user' });
}
