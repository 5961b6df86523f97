import { z } from 'zod';
import type { Command } from 'commander';
import type { ScoreRow } from '../../../../native-models/protocol/tasks.ts';
import { execute, type CommonOptions } from '../io.ts';
import { findTarget } from '../model-target.ts';
import { choiceOption, createCommand, stepHelp, wholeOption } from '../options.ts';
import {
  type ProviderName,
  templateNames,
  type TemplateName,
  messageRoles,
  providerNames,
} from '../../../../native-models/vocabulary/lists.ts';

interface ScoreOptions extends CommonOptions {
  readonly step?: number;
  readonly provider: ProviderName | 'auto';
  readonly template?: TemplateName;
  readonly maxLength?: number;
  readonly threads?: number;
}

const ids = z.array(z.int().min(0)).min(1);
const message = z.object({ role: z.enum(messageRoles), content: z.string() });
const rowSchema: z.ZodType<ScoreRow> = z.union(
  [
    z.object({ prompt_ids: ids, completion_ids: ids }),
    z.object({ prompt: z.union([z.string(), z.array(message).min(1)]), completion: z.string() }),
  ],
  'expected prompt and completion, or prompt_ids and completion_ids',
);

/** `score MODEL_DIR|RUN FILE.jsonl`: summed response log-probs. */
export function scoreCommand(): Command {
  return createCommand('score', 'print the summed log-prob of each completion, one JSON line per row')
    .argument('<target>', 'model folder, or run')
    .argument(
      '<file>',
      'rows {prompt, completion} (tokenised apart, EOS appended) or {prompt_ids, completion_ids} (used as they are)',
    )
    .option('--provider <name>', 'auto, cpu, cuda, webgpu or dml', choiceOption(['auto', ...providerNames]), 'auto')
    .option('--step <number>', stepHelp, wholeOption(1, 1e9))
    .option('--template <name>', "model, pku or plain (default: the run's, else model)", choiceOption(templateNames))
    .option(
      '--max-length <tokens>',
      "text rows are cut to this (default: the run's, else the model's context)",
      wholeOption(8, 131_072),
    )
    .option('--threads <number>', 'default: all cores', wholeOption(1, 512))
    .action((target: string, file: string, options: ScoreOptions) =>
      execute(options, async (io) => {
        const { availableParallelism } = await import('node:os');
        const { runTask } = await import('../../../engine/run-task.ts');
        const { chooseProvider } = await import('../../../providers/choose-provider.ts');
        const { parseModelConfig } = await import('../../../models/inspect.ts');
        const { path, run, on } = await findTarget(target, options.library, options.step ?? null);
        const rows = await readRows(file);
        const config = await parseModelConfig(path);
        const { provider } = await chooseProvider(options.provider, io.signal);
        const device = { provider, threads: options.threads ?? availableParallelism() };
        const maxLength = options.maxLength ?? run?.settings.maxLength ?? config.maxPositions;
        const task = {
          model: await on(device.provider),
          device,
          template: options.template ?? run?.settings.template ?? 'model',
          maxLength,
          rows,
        };
        for await (const event of runTask('score', task, io.signal)) {
          if (event.event === 'row')
            process.stdout.write(`${JSON.stringify({ logp: event.logp, tokens: event.tokens })}\n`);
          if (event.event === 'progress') io.progress(`scored ${event.done} of ${event.total} rows`);
        }
      }),
    );
}

/** Throws `score-row-invalid` naming file, row and field. */
async function readRows(file: string): Promise<ScoreRow[]> {
  const { openDatasetFile } = await import('../../../datasets/readers/open.ts');
  const { badInput } = await import('../../../../native-models/failure.ts');
  const rows: ScoreRow[] = [];
  for await (const row of (await openDatasetFile(file)).rows) {
    const parsed = 'issue' in row ? null : rowSchema.safeParse(row.value);
    if (parsed?.success === true) {
      rows.push(parsed.data);
      continue;
    }
    const reason = 'issue' in row ? row.issue.message : (parsed?.error?.issues[0]?.message ?? 'not a row');
    throw badInput(
      'score-row-invalid',
      `${file}, row ${row.row}: ${reason}. Give {"prompt", "completion"} or {"prompt_ids", "completion_ids"}.`,
      { file, row: row.row, line: row.line },
    );
  }
  return rows;
}
