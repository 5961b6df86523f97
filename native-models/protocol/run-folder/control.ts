import { join } from 'node:path';
import { z } from 'zod';
import { readPlainFileSync } from '../../files/plain-file.ts';
import { mostBytes, replaceJsonSync } from './small-file.ts';

const control = z.object({ command: z.enum(['run', 'pause', 'stop']) });
/** What the services ask of a running engine, which looks between steps. */
export type RunCommand = z.output<typeof control>['command'];

function controlPath(runFolder: string): string {
  return join(runFolder, 'control.json');
}

/** Writes `control.json`. Throws `disk-full`, `folder-not-writable`. */
export function writeControl(runFolder: string, command: RunCommand): void {
  replaceJsonSync(controlPath(runFolder), { command } satisfies z.input<typeof control>, 'services');
}

/** What was asked of the engine last; `run` where nothing was, or nothing that can be read. */
export function readControl(runFolder: string): RunCommand {
  try {
    return control.parse(JSON.parse(readPlainFileSync(controlPath(runFolder), mostBytes).toString('utf8'))).command;
  } catch {
    return 'run';
  }
}
