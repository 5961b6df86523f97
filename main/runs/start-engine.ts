import { spawn } from 'node:child_process';
import { failed } from '../../native-models/failure.ts';
import { withLog } from '../../native-models/protocol/run-folder/log.ts';
import { engineCommand } from '../engine/engine-command.ts';
import { writeControl } from '../../native-models/protocol/run-folder/control.ts';
import { writeStartingStatus } from '../../native-models/protocol/run-folder/status.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/**
 * Starts an engine on a run folder. It is a process group of its own and writes to the folder alone, so it lives on
 * when this process ends. Throws `engine-not-started`.
 */
export function startEngine(folder: string, provider: ProviderName): void {
  writeControl(folder, 'run');
  const { executable, arguments: commandArguments, environment } = engineCommand(provider, 'train', folder);
  withLog(folder, (log) => {
    const child = spawn(executable, commandArguments, {
      env: environment,
      stdio: ['ignore', log, log],
      detached: true,
    });
    // Without a listener a missing executable would end this process.
    child.on('error', () => undefined);
    if (child.pid === undefined)
      throw failed(
        'engine-not-started',
        `The engine could not be started: ${executable} does not run. Check the installation, or ` +
          'SAFEDPO_ENGINE_NODE where it is set.',
        { executable },
      );
    writeStartingStatus(folder, child.pid);
    child.unref();
  });
}
