import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { libraryFolder } from '../library/folder.ts';
import { findElectron } from '../shell/find-electron.ts';
import { describeAddress, serveApp } from './http/serve.ts';

/** `npm start`: the desktop app where Electron can be had, else the same app in a browser. */

const appFolder = fileURLToPath(new URL('../..', import.meta.url));
const electron = findElectron();

if ('program' in electron) {
  // The engine needs a plain Node; inside Electron `process.execPath` is Electron.
  const shell = spawn(electron.program, [appFolder], { stdio: 'inherit', env: { ...process.env, SAFEDPO_ENGINE_NODE: process.execPath } });
  shell.once('exit', (code) => process.exit(code ?? 1));
} else {
  console.log(`The desktop window cannot be opened (${electron.missing}); the app runs in a browser instead.`);
  const host = await serveApp({
    libraryFolder: libraryFolder(undefined),
    rendererFolder: fileURLToPath(new URL('../../out/renderer', import.meta.url)),
    appFolder,
    port: 0,
    allow: [homedir()],
    announce: (url) => console.log(describeAddress(url)),
    report: (error, operation) => console.error(operation, error),
  });
  const stop = (): void => void host.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
