import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { runAlign } from '../align-job.ts';
import { addEvaluationOptions, type EvaluationOptions } from '../evaluation-options.ts';
import { describeEvaluation } from '../evaluation-text.ts';
import { execute, type CommonOptions } from '../io.ts';
import { choiceOption, createCommand } from '../options.ts';
import { addTrainOptions, type TrainOptions } from '../train-options.ts';
import { describeDone } from '../train-run.ts';
import { withLibrary } from '../with-library.ts';
import { baseModelHelp, dtypeHelp } from './export.ts';
import { addImportOptions, describeImport, type ImportFileOptions } from './import.ts';
import {
  defaultExportFormat,
  exportFormats,
  type ExportFormat,
  exportDtypes,
  type ExportDtype,
} from '../../../../native-models/vocabulary/lists.ts';

interface AlignOptions extends CommonOptions, TrainOptions, ImportFileOptions, EvaluationOptions {
  readonly model: string;
  readonly data: readonly string[];
  readonly out: string;
  readonly project?: string;
  readonly exportFormat: ExportFormat;
  readonly dtype?: ExportDtype;
  readonly baseModel?: string;
}

/** `align`: import, train, evaluate and export in one go. */
export function alignCommand(): Command {
  const command = createCommand('align', 'the main job in one go: import pairs, train, evaluate, export')
    .requiredOption('--model <folder>', 'Hugging Face model folder to start from')
    .requiredOption('--data <file...>', 'preference data')
    .requiredOption('--out <folder>', 'a new folder for the aligned model')
    .option('--project <name>', 'name of the new project (default: after the output folder and the time)')
    .option('--export-format <name>', exportFormats.join(', '), choiceOption(exportFormats), defaultExportFormat)
    .option('--base-model <org/name>', baseModelHelp)
    .option('--dtype <name>', dtypeHelp, choiceOption(exportDtypes));
  return addTrainOptions(addEvaluationOptions(addImportOptions(command))).action((options: AlignOptions) =>
    execute(options, (io) =>
      withLibrary(options.library, async (library) => {
        const projectName = options.project ?? `${basename(resolve(options.out))} ${new Date().toISOString()}`;
        const result = await runAlign(io, library, {
          ...options,
          dtype: options.dtype ?? null,
          baseModel: options.baseModel ?? null,
          projectName,
          files: options.data,
          reading: options,
          train: options,
          evaluation: options,
        });
        io.result(
          result.done,
          [
            describeImport(result.imported),
            describeDone(result.done),
            describeEvaluation(result.evaluation),
            result.exported,
          ].join('\n\n'),
        );
      }),
    ),
  );
}
