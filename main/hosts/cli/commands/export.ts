import type { Command } from 'commander';
import { exportFormatFacts } from '../../../../native-models/vocabulary/export-formats.ts';
import { progressText } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { choiceOption, createCommand, stepHelp, wholeOption } from '../options.ts';
import { warnWorsened } from '../warn-worsened.ts';
import { withLibrary } from '../with-library.ts';
import {
  exportFormats,
  type ExportFormat,
  exportDtypes,
  type ExportDtype,
} from '../../../../native-models/vocabulary/lists.ts';

/** `export RUN`: what a run trained, as a folder that others can load. */
export function exportCommand(): Command {
  return createCommand(
    'export',
    'write what a run trained, load it again, compare it with the trained model, and certify it',
  )
    .argument('<run>')
    .requiredOption(
      '--format <name>',
      exportFormats
        .map((format) => `${format} (${exportFormatFacts[format].fileType}: ${exportFormatFacts[format].usedBy})`)
        .join(', '),
      choiceOption(exportFormats),
    )
    .requiredOption('--out <folder>', 'a new folder')
    .option('--step <number>', stepHelp, wholeOption(1, 1e9))
    .option('--base-model <org/name>', baseModelHelp)
    .option('--dtype <name>', dtypeHelp, choiceOption(exportDtypes))
    .action(
      (
        runId: string,
        options: CommonOptions & {
          format: ExportFormat;
          dtype?: ExportDtype;
          step?: number;
          baseModel?: string;
          out: string;
        },
      ) =>
        execute(options, (io) =>
          withLibrary(options.library, async (library) => {
            const { exportRun } = await import('../../../exports/export-run.ts');
            const { roundingWarning, selfTestText } = await import('../../../exports/self-test-text.ts');
            const { out, selfTest, certificate } = await exportRun(library, runId, {
              format: options.format,
              dtype: options.dtype ?? null,
              step: options.step ?? null,
              baseModel: options.baseModel ?? null,
              out: options.out,
              signal: io.signal,
              onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)),
            });
            const files = Object.entries(certificate.files).map(([name, file]) => ({ name, ...file }));
            warnWorsened(io, certificate.evaluation);
            const warning = roundingWarning(selfTest);
            io.result(
              { run: runId, format: options.format, export: out, selfTest, warning, files },
              [
                `${out}: ${files.length} files, ${selfTestText(selfTest)}`,
                ...(warning === null ? [] : [`Warning: ${warning}`]),
              ].join('\n'),
            );
          }),
        ),
    );
}

/** What `--base-model` does, for the help of the commands that have it. */
export const baseModelHelp =
  'where the start model is published on the Hugging Face Hub, for the card and the names (default: as the ' +
  'cache folder or config.json says)';

/** What `--dtype` does, for the help of the commands that have it. */
export const dtypeHelp =
  'float32 (rounds nothing, twice the size of 16 bits), float16 or bfloat16: element type of safetensors ' +
  'and gguf (default: as the start model stores its weights)';
