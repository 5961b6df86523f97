import { basename } from 'node:path';
import type { Command } from 'commander';
import { describeEvaluation, evaluationDocument } from '../evaluation-text.ts';
import { addEvaluationOptions, type EvaluationOptions } from '../evaluation-options.ts';
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
    .option('--pairs <number>', 'at most so many held-out pairs (default: all)', wholeOption(0, 1e7))
    .option('--provider <name>', 'auto, cpu, cuda, webgpu or dml', choiceOption(['auto', ...providerNames]), 'auto')
    .option('--step <number>', stepHelp, wholeOption(1, 1e9))
    .option('--template <name>', "model, pku or plain (default: the run's, else model)", choiceOption(templateNames))
    .action((target: string, options: EvaluateOptions) =>
      execute(options, async (io) => {
        const { run, on } = await findTarget(target, options.library, options.step ?? null);
        const { chooseProvider } = await import('../../../providers/choose-provider.ts');
        const { evaluate } = await import('../../../evaluation/evaluate.ts');
        const { heldOutPairs, promptsOf } = await import('../../../evaluation/test-prompts.ts');
        const { readPromptFile } = await import('../../../evaluation/prompt-file.ts');
        const { getProjectByName } = await import('../../../projects/projects.ts');
        const { defaultSettings } = await import('../../../runs/settings.ts');
        await withLibrary(options.library, async (library) => {
          const project = getProjectByName(library, options.project);
          const held = heldOutPairs(library, project.id);
          const settings = run?.settings ?? defaultSettings({ hiddenSize: 1 });
          const { provider } = await chooseProvider(options.provider, io.signal);
          const evaluation = await evaluate(library, {
            projectId: project.id,
            runId: run?.id ?? null,
            model: await on(provider),
            pairs: held.slice(0, options.pairs ?? held.length),
            prompts:
              options.prompts === undefined
                ? promptsOf(held, options.maxPrompts)
                : await readPromptFile(options.prompts, options.maxPrompts),
            promptsFrom: options.prompts === undefined ? null : basename(options.prompts),
            judge: options.judge,
            sampling: {
              maxNewTokens: options.maxNewTokens,
              temperature: options.temperature,
              topP: 1,
              seed: options.samplingSeed,
            },
            device: { provider, threads: settings.threads },
            template: options.template ?? settings.template,
            maxLength: settings.maxLength,
            beta: settings.beta,
            signal: io.signal,
            onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)),
          });
          io.result(evaluationDocument(evaluation), describeEvaluation(evaluation));
        });
      }),
    );
}
