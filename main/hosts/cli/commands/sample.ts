import type { Command } from 'commander';
import { execute, type CommonOptions } from '../io.ts';
import { createCommand } from '../options.ts';

/** `sample`: writes the bundled model, pairs and prompts. */
export function sampleCommand(): Command {
  return createCommand(
    'sample',
    'write the bundled tiny model, its preference pairs and test prompts into a new folder',
  )
    .requiredOption('--out <folder>', 'a new folder')
    .action((options: CommonOptions & { out: string }) =>
      execute(options, async (io) => {
        const { writeSample } = await import('../../../models/sample.ts');
        const { givePersonsPermissions } = await import('../../../library/private-files.ts');
        const { model, pairs, prompts } = writeSample(options.out);
        givePersonsPermissions(options.out);
        io.result(
          { model, pairs, prompts },
          `model: ${model}\npairs: ${pairs}\nprompts: ${prompts}\nAlign it: safedpo align --model ${model} ` +
            `--data ${pairs} --prompts ${prompts} --out NEW_FOLDER`,
        );
      }),
    );
}
