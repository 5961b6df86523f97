import type { Command } from 'commander';
import { describeEvaluation, evaluationDocument } from '../evaluation-text.ts';
import { addEvaluationOptions, type EvaluationOptions, samplingOf } from '../evaluation-options.ts';
import { progressText } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { findTarget } from '../model-target.ts';
import { choiceOption, createCommand, stepHelp, wholeOption } from '../options.ts';
import { withLibrary } from '../with-library.ts';
import {
  type ProviderName,
  templateNames,
  type TemplateName,
  providerNames,
} from '../../../../native-models/vocabulary/lists.ts';

interface EvaluateOptions extends CommonOptions, EvaluationOptions {
  readonly step?: number;
  readonly project: string;
  readonly pairs?: number;
  readonly provider: ProviderName | 'auto';
  readonly template?: TemplateName;
}

/** `evaluate RUN|MODEL_DIR`: held-out preferences and judged answers. */
export function evaluateCommand(): Command {
  return addEvaluationOptions(
    createCommand('evaluate', 'measure held-out preferences, and answers to the same prompts before and after'),
  )
    .argument('<target>', 'run, or model folder')
    .requiredOption('--project <name>', 'whose held-out pairs to measure on')
    .option('--pairs <number>', 'the most held-out pairs to use (default: all)', wholeOption(0, 1e7))
    .option('--provider <name>', 'auto, cpu, cuda, webgpu or dml', choiceOption(['auto', ...providerNames]), 'auto')
    .option('--step <number>', stepHelp, wholeOption(1, 1e9))
    .option('--template <name>', "model, pku or plain (default: the run's, else model)", choiceOption(templateNames))
    .action((target: string, options: EvaluateOptions) =>
      execute(options, async (io) => {
        const { run, path, on } = await findTarget(target, options.library, options.step ?? null);
        const { chooseProvider } = await import('../../../providers/choose-provider.ts');
        const { evaluate } = await import('../../../evaluation/evaluate.ts');
        const { chooseTestSet } = await import('../../../evaluation/test-set.ts');
        const { getProjectByName } = await import('../../../projects/projects.ts');
        const { defaultSettings } = await import('../../../runs/settings.ts');
        await withLibrary(options.library, async (library) => {
          const project = getProjectByName(library, options.project);
          const settings = run?.settings ?? defaultSettings({ hiddenSize: 1 });
          const { provider } = await chooseProvider(options.provider, io.signal);
          const evaluation = await evaluate(library, {
            projectId: project.id,
            runId: run?.id ?? null,
            model: await on(provider),
            testSet: await chooseTestSet(library, project.id, options.prompts ?? null, {
              pairs: options.pairs ?? null,
              prompts: options.maxPrompts,
            }),
            judge: options.judge,
            sampling: await samplingOf(options, path),
            settings: { ...settings, provider, template: options.template ?? settings.template },
            signal: io.signal,
            onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)),
          });
          io.result(evaluationDocument(evaluation), describeEvaluation(evaluation));
        });
      }),
    );
}
