import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { addTrainOptions, trainSettings, type TrainOptions } from '../train-options.ts';
import { describeDone, trainToEnd } from '../train-run.ts';
import { withLibrary } from '../with-library.ts';

/** `train`: one run to its end. */
export function trainCommand(): Command {
  return addTrainOptions(
    createCommand('train', 'train a model on the pairs of a project, to the end; Ctrl-C stops with a checkpoint'),
  )
    .option(
      '--profile',
      'at the end, time a few more steps by part of the model and by operator, show it and write ' +
        'profile.json into the run folder',
    )
    .requiredOption('--project <name>')
    .requiredOption('--model <folder>', 'Hugging Face model folder to start from')
    .action((options: CommonOptions & TrainOptions & { project: string; model: string; profile?: true }) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { getProjectByName, setProjectModel } = await import('../../../projects/projects.ts');
          const project = getProjectByName(library, options.project);
          const settings = await trainSettings(options, options.model, io);
          const done = await trainToEnd(io, library, {
            projectId: project.id,
            modelPath: options.model,
            settings,
            limit: options.limit ?? null,
            profile: options.profile === true,
          });
          if (project.modelPath === null) setProjectModel(library, project.id, options.model);
          io.result(done, describeDone(done));
        }),
      ),
    );
}
