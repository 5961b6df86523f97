import type { Command } from 'commander';
import { figure, textTable } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';
import { readLibrary } from '../with-library.ts';

/** `compare RUN RUN...`: settings that differ, and what came of them. */
export function compareCommand(): Command {
  return createCommand(
    'compare',
    'show runs side by side: the settings that differ, final metrics, held-out preferences',
  )
    .argument('<run>')
    .argument('<others...>')
    .action((first: string, others: string[], options: CommonOptions) =>
      execute(options, (io) =>
        readLibrary(options.library, async (library) => {
          const { compareRuns } = await import('../../../runs/runs.ts');
          const { measuredHeldOut } = await import('../../../evaluation/measured-held-out.ts');
          const ids = [first, ...others];
          const { differences, results } = compareRuns(library, ids);
          const document = ids.map((run) => ({
            run,
            settings: Object.fromEntries(
              Object.entries(differences).map(([name, values]) => [name, values[run] ?? null]),
            ),
            metrics: results[run]?.metrics ?? null,
            heldOut: results[run]?.heldOut ?? measuredHeldOut(library, run),
          }));
          const cell = (value: unknown) => (typeof value === 'number' ? figure(value) : JSON.stringify(value ?? null));
          const measures: readonly [string, (run: (typeof document)[number]) => number | null | undefined][] = [
            ['metrics loss', ({ metrics }) => metrics?.loss],
            ['metrics rewards/margins', ({ metrics }) => metrics?.['rewards/margins']],
            ['metrics kl', ({ metrics }) => metrics?.kl],
            ['heldOut after safeUnsafeAccuracy', ({ heldOut }) => heldOut?.after?.safeUnsafeAccuracy],
            ['heldOut after rewards/accuracies', ({ heldOut }) => heldOut?.after?.['rewards/accuracies']],
          ];
          const rows = [
            ...Object.entries(differences).map(([name, values]) => [name, ...ids.map((id) => cell(values[id]))]),
            ...measures.map(([name, measure]) => [name, ...document.map((run) => figure(measure(run)))]),
          ];
          io.result(document, textTable(['', ...ids], rows));
        }),
      ),
    );
}
