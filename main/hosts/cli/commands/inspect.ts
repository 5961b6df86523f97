import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { gigabytes } from '../../../../native-models/gigabytes.ts';
import { createCommand } from '../options.ts';

/** `inspect MODEL_DIR`: what a model folder holds and what can be done with it here. */
export function inspectCommand(): Command {
  return createCommand(
    'inspect',
    'show architecture, parameters, tokenizer, template, what can be trained and exported, and the memory plan',
  )
    .argument('<model>', 'model folder')
    .action((model: string, options: CommonOptions) =>
      execute(options, async (io) => {
        const { inspectSafely } = await import('../../../models/inspect-safely.ts');
        const report = await inspectSafely(model, io.signal);
        const { memory } = report;
        const lines = [
          `${report.name}: ${report.architecture}, ${(report.parameters / 1e6).toFixed(1)} million ` +
            `parameters in ${report.dtype}`,
          `${report.layers} layers, hidden size ${report.hiddenSize}, ${report.vocabularySize} tokens, ` +
            `context ${report.contextTokens}`,
          `tokenizer: ${report.tokenizer}`,
          `chat template: ${report.chatTemplate ?? 'none; the plain one is used'}`,
          'licence: ' +
            `${report.licence === null ? 'no licence file' : `${report.licence.file}: ${report.licence.firstLine}`}`,
          ...report.notes.map((note) => `note: ${note}`),
          report.reason === undefined
            ? `can be trained here: ${report.ways.join(', ')}; exports: ${report.exportFormats.join(', ')}`
            : `cannot be trained here: ${report.reason}`,
          'memory for a LoRA of rank 16, one pair of up to 512 tokens at a time: ' +
            memory.needs
              .map(({ neededBytes, availableBytes }) => [neededBytes, availableBytes ?? 0].map(gigabytes).join(' of '))
              .map((need) => `${need} available`)
              .join(', ') +
            (memory.keptLayers === 'all' ? '' : ', with layers recomputed'),
          ...memory.parts.map(({ name, bytes }) => `  ${name}: ${gigabytes(bytes)}`),
        ];
        // Also under the name and numbers that earlier versions printed.
        const layerCheckpointing = memory.keptLayers === 'all' ? 0 : memory.keptLayers;
        io.result({ ...report, memory: { ...memory, layerCheckpointing } }, lines.join('\n'));
      }),
    );
}
