import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { describeDone, followToEnd } from '../train-run.ts';
import { withLibrary } from '../with-library.ts';

/** `resume RUN`: goes on from the last good checkpoint, to the end. */
export function resumeCommand(): Command {
  return createCommand('resume', 'continue a run from its last good checkpoint, however it ended')
    .argument('<run>')
    .action((runId: string, options: CommonOptions) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { resumeRun } = await import('../../../runs/follow.ts');
          const done = await followToEnd(io, library, resumeRun(library, runId));
          io.result(done, describeDone(done));
        }),
      ),
    );
}
