import type { Command } from 'commander';
import type { Comparison } from '../../../runs/runs.ts';
import { figure, textTable } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { sweepableSettings } from '../setting-options.ts';
import { addTrainOptions, trainSettings, type TrainOptions } from '../train-options.ts';
import { trainToEnd, type RunDone } from '../train-run.ts';
import { withLibrary } from '../with-library.ts';

const sweepable = [...sweepableSettings, 'loraRank'] as const;
type SweepName = (typeof sweepable)[number];
type SweepOptions = CommonOptions &
  Omit<TrainOptions, SweepName> & { readonly [name in SweepName]?: readonly number[] } & {
    readonly project: string;
    readonly model: string;
  };

/** `sweep`: runs over one hyperparameter, one after the other; reference log-probs are computed once. */
export function sweepCommand(): Command {
  return addTrainOptions(
    createCommand('sweep', 'train several runs over one hyperparameter, such as --delta 0,2,5,10, and compare them'),
    true,
  )
    .requiredOption('--project <name>')
    .requiredOption('--model <folder>')
    .action((options: SweepOptions) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { getProjectByName } = await import('../../../projects/projects.ts');
          const { compareRuns } = await import('../../../runs/runs.ts');
          const project = getProjectByName(library, options.project);
          const { name, values, variants } = await expand(options);
          const done: RunDone[] = [];
          for (const [index, variant] of variants.entries()) {
            io.progress(`run ${index + 1} of ${variants.length}: ${name} ${values[index] ?? ''}`, { always: true });
            const settings = await trainSettings(variant, options.model, io);
            done.push(
              await trainToEnd(io, library, {
                projectId: project.id,
                modelPath: options.model,
                settings,
                limit: options.limit ?? null,
              }),
            );
          }
          const comparison: Comparison = compareRuns(
            library,
            done.map(({ run }) => run),
          );
          const runs = done.map((result, index) => ({ ...result, event: 'run', [name]: values[index] }));
          const rows = done.map(({ run, heldOut, metrics }, index) => [
            String(values[index]),
            run,
            figure(heldOut.after?.safeUnsafeAccuracy),
            figure(heldOut.after?.['rewards/accuracies']),
            figure(metrics.kl),
          ]);
          io.result(
            { event: 'done', over: name, runs, differences: comparison.differences },
            textTable([name, 'run', 'safe over unsafe', 'reward accuracy', 'kl'], rows),
          );
        }),
      ),
    );
}

/** One set of options for each value. Throws `sweep-needs-one-list`. */
async function expand(
  options: SweepOptions,
): Promise<{ name: SweepName; values: readonly number[]; variants: TrainOptions[] }> {
  const { badInput } = await import('../../../../native-models/failure.ts');
  const lists = sweepable.filter((name) => (options[name]?.length ?? 0) > 1);
  const [name] = lists;
  if (name === undefined || lists.length > 1)
    throw badInput(
      'sweep-needs-one-list',
      'A sweep goes over one hyperparameter; ' +
        `${lists.length === 0 ? 'none has several values' : `${lists.join(' and ')} have several values`}. ` +
        'Give one a list, such as --delta 0,2,5,10.',
      { lists },
    );
  const values = options[name] ?? [];
  const common: object = { ...options, ...Object.fromEntries(sweepable.map((each) => [each, options[each]?.[0]])) };
  return { name, values, variants: values.map((value) => ({ ...common, [name]: value })) };
}
