import type { Command } from 'commander';
import { textTable } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { withLibrary } from '../with-library.ts';

/** `runs`: the library's runs, the latest first. */
export function runsCommand(): Command {
  return createCommand('runs', 'list the runs of the library, the latest first')
    .option('--project <name>', 'only those of one project')
    .action((options: CommonOptions & { project?: string }) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { listRuns } = await import('../../../runs/runs.ts');
          const { refreshRuns } = await import('../../../runs/follow.ts');
          const { getProjectByName } = await import('../../../projects/projects.ts');
          refreshRuns(library);
          const runs = listRuns(library, options.project === undefined ? null : getProjectByName(library, options.project).id);
          const rows = runs.map(({ id, name, project, objective, state, step, steps, createdAt }) => [id, name, project, objective, state, `${step}/${steps}`, createdAt]);
          io.result(runs.map(({ id, ...run }) => ({ run: id, ...run })), rows.length === 0 ? 'no runs yet' : textTable(['run', 'name', 'project', 'objective', 'state', 'step', 'created'], rows));
        })));
}
