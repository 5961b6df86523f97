import { join } from 'node:path';
import { z } from 'zod';
import { partsOfAlign } from './parts-of-align.ts';
import { plannedMemoryBytes } from './planned-memory.ts';
import { readByOthers } from './read-by-others.ts';
import { timedCommand } from './timed-command.ts';

export interface RealFiles {
  readonly model: string;
  readonly data: string;
  readonly prompts: string;
  /** Where the library and the exported folders go. */
  readonly out: string;
}

const settings = [
  '--limit',
  '480',
  '--epochs',
  '1',
  '--max-length',
  '320',
  '--seed',
  '7',
  '--max-prompts',
  '100',
  '--max-new-tokens',
  '48',
];
const formats = { lora: ['safetensors', 'peft', 'gguf', 'onnx'], full: ['safetensors', 'gguf', 'onnx'] } as const;

const alignResult = z.object({
  run: z.string(),
  steps: z.int(),
  pairsPerSecond: z.number(),
  peakMemoryBytes: z.number(),
  heldOut: z.looseObject({}),
  evaluation: z.looseObject({}),
  selfTest: z.looseObject({}),
});

/** One `align` and the exports of its run in the other formats; gives the figures as Markdown. */
export async function alignCase(name: 'lora' | 'full', { model, data, prompts, out }: RealFiles): Promise<string> {
  const library = join(out, 'library');
  const folder = (format: string): string => join(out, `${name}-${format}`);
  const [first, ...others] = formats[name];
  const full = name === 'full' ? ['--full'] : [];
  const aligned = await timedCommand(library, [
    'align',
    '--model',
    model,
    '--data',
    data,
    '--prompts',
    prompts,
    '--out',
    folder(first),
    ...settings,
    ...full,
  ]);
  const done = alignResult.parse(aligned.result);
  const planned = await plannedMemoryBytes(join(library, 'runs', done.run));
  const exported: string[] = [];
  for (const format of others) {
    const command = await timedCommand(library, ['export', done.run, '--format', format, '--out', folder(format)]);
    exported.push(`| ${format} | ${command.seconds.toFixed(1)} | ${JSON.stringify(command.result['selfTest'])} |`);
  }
  return [
    `### ${name === 'full' ? 'Every parameter' : 'LoRA'}: ${done.steps} steps, ` +
      `${done.pairsPerSecond.toFixed(2)} pairs/s`,
    `Peak memory ${megabytes(done.peakMemoryBytes)} MB, planned ${megabytes(planned)} MB.`,
    [
      '| part | seconds |',
      '|---|---|',
      ...partsOfAlign(aligned).map((part) => `| ${part.name} | ${part.seconds.toFixed(1)} |`),
      `| in all | ${aligned.seconds.toFixed(1)} |`,
    ].join('\n'),
    [
      '| format | seconds | self-test |',
      '|---|---|---|',
      `| ${first} | in the above | ${JSON.stringify(done.selfTest)} |`,
      ...exported,
    ].join('\n'),
    await readByOthers(name, library, done.run, out),
    `Held out: ${JSON.stringify(done.heldOut)}`,
    `Answers: ${JSON.stringify(done.evaluation)}`,
  ].join('\n\n');
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString('en');
}
