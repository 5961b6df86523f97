import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import { checkConsumers, consumersHere } from '../interop/consumer-check.ts';
import { timedCommand } from './timed-command.ts';
import { checkpointFolder, checkpointSteps } from '../../native-models/protocol/run-folder/checkpoint.ts';

/**
 * Exports a run with its numbers as they were trained and has every format read and answered by its consumer; gives
 * what they found as Markdown.
 */
export async function readByOthers(
  name: 'lora' | 'full',
  library: string,
  runId: string,
  out: string,
): Promise<string> {
  if (!consumersHere()) return 'The exports were read by no consumer: none is installed here.';
  const runFolder = join(library, 'runs', runId);
  const { model, settings } = await readJob(runFolder);
  const step = (await checkpointSteps(runFolder)).toSorted((left, right) => right - left)[0];
  if (step === undefined) throw new Error(`run ${runId} has no checkpoint`);
  const formats = ['safetensors', 'gguf', 'onnx', ...(name === 'lora' ? ['peft'] : [])];
  const folder = (format: string): string => join(out, `${name}-for-others-${format}`);
  for (const format of formats) {
    const dtype = format === 'safetensors' || format === 'gguf' ? ['--dtype', 'float32'] : [];
    await timedCommand(library, ['export', runId, '--format', format, '--out', folder(format), ...dtype]);
  }
  const folders = {
    safetensors: folder('safetensors'),
    gguf: folder('gguf'),
    onnx: folder('onnx'),
    peft: name === 'lora' ? folder('peft') : null,
  };
  const findings = await checkConsumers({
    name,
    base: model.path,
    checkpoint: checkpointFolder(runFolder, step),
    template: settings.template,
    ...folders,
  });
  for (const format of formats) await rm(folder(format), { recursive: true });
  return findings
    .map(({ what, equal, expected, found }) =>
      equal
        ? `* equal: ${what}`
        : `* DIFFERENT: ${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
    )
    .join('\n');
}
