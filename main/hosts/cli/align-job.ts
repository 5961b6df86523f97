import type { JudgeName } from '../../evaluation/judges.ts';
import type { Evaluation } from '../../evaluation/evaluate.ts';
import type { Library } from '../../library/library.ts';
import { importFiles, twoVerdictsWarning, type ImportFileOptions, type ImportSummary } from './commands/import.ts';
import { type EvaluationOptions, samplingOf } from './evaluation-options.ts';
import { sharesDocument } from './evaluation-text.ts';
import { progressText } from './format.ts';
import type { Io } from './io.ts';
import { trainSettings, type TrainOptions } from './train-options.ts';
import { warnWorsened } from './warn-worsened.ts';
import { trainToEnd, type RunDone } from './train-run.ts';
import type { ExportFormat, ExportDtype } from '../../../native-models/vocabulary/lists.ts';
import type { SelfTest } from '../../exports/self-test.ts';

/** The main job: data in, safer model out. */
export interface AlignJob {
  readonly projectName: string;
  readonly model: string;
  readonly files: readonly string[];
  readonly out: string;
  readonly exportFormat: ExportFormat;
  readonly dtype: ExportDtype | null;
  readonly baseModel: string | null;
  readonly reading: ImportFileOptions;
  readonly train: TrainOptions;
  readonly evaluation: EvaluationOptions & { readonly judge: JudgeName | 'auto' };
}

/** The run's last event, with what came after the run. */
export interface AlignDone extends RunDone {
  readonly evaluation: object;
  readonly selfTest: SelfTest;
  readonly warning: string | null;
  readonly export: string;
}

export interface AlignResult {
  readonly imported: ImportSummary;
  readonly done: AlignDone;
  readonly evaluation: Evaluation;
  /** What a person sees of the export. */
  readonly exported: string;
}

/**
 * Imports, trains, evaluates and exports. Throws the failures of each; a folder in the way is found before the work
 * begins.
 */
export async function runAlign(io: Io, library: Library, job: AlignJob): Promise<AlignResult> {
  const { createProject, setProjectModel } = await import('../../projects/projects.ts');
  const { exportRun } = await import('../../exports/export-run.ts');
  const { requireEmptyFolder } = await import('../../exports/empty-folder.ts');
  const { roundingWarning, selfTestText } = await import('../../exports/self-test-text.ts');
  await requireEmptyFolder(job.out);
  const settings = await trainSettings(job.train, job.model, io);
  const project = createProject(library, job.projectName);
  const imported = await importFiles(io, library, project.id, job.files, job.reading);
  setProjectModel(library, project.id, job.model);
  io.event({ event: 'imported', project: project.name, ...imported });
  const { accepted, rejected, duplicates } = imported;
  io.progress(`imported ${accepted} pairs (${rejected} rows rejected, ${duplicates} duplicates)`, { always: true });
  for (const warning of twoVerdictsWarning(imported)) io.progress(warning, { always: true });
  const done = await trainToEnd(io, library, {
    projectId: project.id,
    modelPath: job.model,
    settings,
    limit: job.train.limit ?? null,
  });
  const evaluation = await evaluateRun(io, library, project.id, done, job);
  const exported = await exportRun(library, done.run, {
    format: job.exportFormat,
    dtype: job.dtype,
    step: null,
    baseModel: job.baseModel,
    out: job.out,
    signal: io.signal,
    onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)),
  });
  warnWorsened(io, exported.certificate.evaluation);
  const warning = roundingWarning(exported.selfTest);
  return {
    imported,
    evaluation,
    done: {
      ...done,
      evaluation: sharesDocument(evaluation),
      selfTest: exported.selfTest,
      warning,
      export: exported.out,
    },
    exported: [
      `aligned model: ${job.out}: ${selfTestText(exported.selfTest)}`,
      ...(warning === null ? [] : [`Warning: ${warning}`]),
    ].join('\n'),
  };
}

/** The pairs were measured at the end of the run; this adds the answers to prompts. */
async function evaluateRun(
  io: Io,
  library: Library,
  projectId: number,
  { run: runId, heldOut }: RunDone,
  { evaluation: options }: AlignJob,
): Promise<Evaluation> {
  const { evaluate } = await import('../../evaluation/evaluate.ts');
  const { chooseTestSet } = await import('../../evaluation/test-set.ts');
  const { requireCheckpoint } = await import('../../runs/checkpoints.ts');
  const { trainedModel } = await import('../../runs/precision.ts');
  const { getRun, runSettings } = await import('../../runs/runs.ts');
  const run = getRun(library, runId);
  const settings = runSettings(run);
  return evaluate(library, {
    projectId,
    runId,
    model: await trainedModel(run, (await requireCheckpoint(run, null)).folder, settings.provider),
    testSet: await chooseTestSet(library, projectId, options.prompts ?? null, {
      pairs: 0,
      prompts: options.maxPrompts,
    }),
    measured: heldOut,
    judge: options.judge,
    sampling: await samplingOf(options, run.modelPath),
    settings,
    signal: io.signal,
    onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)),
  });
}
