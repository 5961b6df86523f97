import type { Command } from 'commander';
import { pairSentence } from '../../../../preload/contract/pair-counts.ts';
import { execute, type CommonOptions } from '../io.ts';
import { choiceOption, createCommand, wholeOption } from '../options.ts';
import { withLibrary } from '../with-library.ts';
import { templateNames, type TemplateName } from '../../../../native-models/vocabulary/lists.ts';

interface PairsOptions extends CommonOptions {
  readonly project: string;
  readonly model?: string;
  readonly maxLength: number;
  readonly template: TemplateName;
}

/** `pairs`: what the transform makes of a project's data, and how long the pairs are. */
export function pairsCommand(): Command {
  return createCommand('pairs', "show the transform's counts, labels that are missing, token lengths and truncation")
    .requiredOption('--project <name>')
    .option(
      '--model <folder>',
      "whose tokens to count (default: the project's model; without one no tokens are counted)",
    )
    .option('--max-length <tokens>', 'length at which pairs are cut', wholeOption(8, 131_072), 512)
    .option('--template <name>', 'model, pku or plain', choiceOption(templateNames), 'model')
    .action((options: PairsOptions) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { getProjectByName } = await import('../../../projects/projects.ts');
          const { pairCounts } = await import('../../../transform/counts.ts');
          const { getSplit } = await import('../../../projects/split.ts');
          const { tokenLengths } = await import('../../../runs/lengths.ts');
          const project = getProjectByName(library, options.project);
          const model = options.model ?? project.modelPath;
          const counts = pairCounts(library, project.id);
          const { heldOut: _, ...pairs } = counts;
          const split = getSplit(library, project.id);
          const lengths = model === null ? null : await tokenLengths(library, project.id, model, options);
          const document = {
            pairs,
            split,
            tokens: lengths?.tokens ?? null,
            truncated: lengths?.truncated ?? null,
            sameWhenCut: lengths?.sameWhenCut ?? null,
            templateTokens: lengths?.templateTokens ?? null,
            maxLength: options.maxLength,
          };
          const text = [
            `${pairs.total} pairs: ${pairs.keptSafeSafe} kept safe > safe, ${pairs.keptSafeUnsafe} kept ` +
              `safe > unsafe, ${pairs.swapped} swapped, ${pairs.dropped} dropped (both unsafe), ` +
              `${pairs.waiting} waiting for a label`,
            pairSentence(counts),
            lengths === null
              ? 'tokens: give --model to count them'
              : `tokens per pair (prompt and longer response): median ${lengths.tokens.median}, 95th percentile ` +
                `${lengths.tokens.p95}, longest ${lengths.tokens.max}; ${lengths.truncated} are cut at ` +
                options.maxLength +
                (lengths.sameWhenCut === 0
                  ? ''
                  : `, which leaves ${lengths.sameWhenCut} with two identical responses and nothing to learn from`),
            ...(lengths === null || lengths.templateTokens.pairs === 0
              ? []
              : [
                  `${lengths.templateTokens.pairs} pairs hold ${lengths.templateTokens.tokens.join(', ')} ` +
                    'in their texts, as if a chat template had been applied to them already; it would be ' +
                    'applied again (--template plain leaves texts as they are)',
                ]),
          ];
          io.result(document, text.join('\n'));
        }),
      ),
    );
}
