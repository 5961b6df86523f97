import type { Command } from 'commander';
import { textTable } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { readLibrary } from '../with-library.ts';

/** `runs`: the library's runs, the latest first. */
export function runsCommand(): Command {
  return createCommand('runs', 'list the runs of the library, the latest first')
    .option('--project <name>', 'only those of one project')
    .action((options: CommonOptions & { project?: string }) =>
      execute(options, (io) =>
        readLibrary(options.library, async (library) => {
          const { listRuns, runStanding } = await import('../../../runs/runs.ts');
          const { refreshRuns } = await import('../../../runs/follow.ts');
          const { getProjectByName } = await import('../../../projects/projects.ts');
          refreshRuns(library, (error) =>
            io.progress(error instanceof Error ? error.message : String(error), { always: true }),
          );
          const runs = listRuns(
            library,
            options.project === undefined ? null : getProjectByName(library, options.project).id,
          );
          const rows = runs.map((run) => [
            run.id,
            run.name,
            run.project,
            run.objective,
            runStanding(run).problem?.code ?? run.state,
            `${run.step}/${run.steps}`,
            run.createdAt,
          ]);
          io.result(
            runs.map(({ id, ...run }) => ({
              run: id,
              ...run,
              problem: runStanding({ id, ...run }).problem?.toJSON() ?? null,
            })),
            rows.length === 0
              ? 'no runs yet'
              : textTable(['run', 'name', 'project', 'objective', 'state', 'step', 'created'], rows),
          );
        }),
      ),
    );
}
