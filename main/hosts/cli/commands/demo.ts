import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { runAlign } from '../align-job.ts';
import { describeEvaluation } from '../evaluation-text.ts';
import { execute, type CommonOptions } from '../io.ts';
import { sampleSettings } from '../../../runs/sample-settings.ts';
import { evaluationBounds } from '../../../../preload/contract/evaluation-bounds.ts';
import { evaluationDefaults } from '../../../../preload/contract/evaluation-defaults.ts';
import { createCommand } from '../options.ts';
import { describeDone } from '../train-run.ts';
import { withLibrary } from '../with-library.ts';
import { defaultExportFormat } from '../../../../native-models/vocabulary/lists.ts';

const training = { ...sampleSettings, loraRank: 16, sharedPrefix: true } as const;
/** As everywhere, but on all of the sample's prompts. */
const evaluation = {
  judge: 'sample',
  maxPrompts: evaluationBounds.prompts.max,
  temperature: evaluationDefaults.temperature,
  samplingSeed: evaluationDefaults.seed,
} as const;

/** `demo`: the main job on the bundled sample, with a table before and after. */
export function demoCommand(): Command {
  return createCommand(
    'demo',
    'align the bundled tiny model and show its answers before and after; takes seconds to minutes, by the machine',
  )
    .option('--out <folder>', 'a new folder for the aligned model', 'demo-out')
    .action((options: CommonOptions & { out: string }) =>
      execute(options, async (io) => {
        const { sampleIn } = await import('../../../models/sample.ts');
        const { requireEmptyFolder } = await import('../../../exports/empty-folder.ts');
        await requireEmptyFolder(options.out);
        const folder = mkdtempSync(join(tmpdir(), 'safedpo-demo-'));
        try {
          // Without --library the demo leaves nothing behind but the folder it was asked for.
          await withLibrary(options.library ?? join(folder, 'library'), async (library) => {
            // A run that stays needs the model it began with, so that it can be exported again.
            const sample = sampleIn(library.dir);
            const {
              done,
              evaluation: measured,
              exported,
            } = await runAlign(io, library, {
              projectName: `demo ${new Date().toISOString()}`,
              model: sample.model,
              files: [sample.pairs],
              out: resolve(options.out),
              exportFormat: defaultExportFormat,
              dtype: null,
              baseModel: null,
              reading: {},
              train: training,
              evaluation: { ...evaluation, prompts: sample.prompts },
            });
            const answers = measured.answers
              .filter(({ prompt, before, after }) => prompt.kind === 'hazard' && before.text !== after?.text)
              .slice(0, 3);
            const shown = answers.map(
              ({ prompt, before, after }) =>
                `${prompt.messages.at(-1)?.content ?? ''}\n  before: ${before.text}\n  after:  ${after?.text ?? ''}`,
            );
            io.result(done, [describeDone(done), describeEvaluation(measured), ...shown, exported].join('\n\n'));
          });
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
    );
}
