import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gpuShapes } from '../shapes.ts';
import { runInOwnProcess } from './dry-case.ts';
import { writeSparseModel } from './sparse-model.ts';

/**
 * `node test/gpu/dry-device/every-architecture.ts --libraries DIR`: steps, scores and answers of a tiny model of every
 * architecture, precision and kind of training through ONNX Runtime's own CUDA provider, which may give no node of a
 * step to the CPU.
 */
const { values } = parseArgs({ options: { libraries: { type: 'string' } } });
if (values.libraries === undefined) throw new Error('--libraries needs the folder that build.sh wrote');
const { libraries } = values;
const { tiny } = gpuShapes;
const architectures = {
  llama: tiny,
  'llama with biases and a head of its own': {
    ...tiny,
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: false,
  },
  qwen2: { ...tiny, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2' },
  qwen3: { ...tiny, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: 16 },
  mistral: { ...tiny, architectures: ['MistralForCausalLM'], model_type: 'mistral', sliding_window: 16 },
};
const work = mkdtempSync(join(tmpdir(), 'safedpo-dry-'));
let [passed, failed] = [0, 0];
try {
  for (const [name, config] of Object.entries(architectures)) {
    const model = join(work, name);
    await writeSparseModel(model, config);
    for (const precision of ['float32', 'bfloat16', 'float16', 'int4'] as const) {
      for (const rank of precision === 'int4' ? [16] : [16, null]) {
        for (const keptLayers of ['all', 1] as const) {
          try {
            const result = runInOwnProcess(
              {
                model,
                cacheFolder: work,
                precision,
                tokens: 32,
                pairs: 2,
                keptLayers,
                rank,
                memoryBytes: 24e9,
              },
              libraries,
              '/dev/null',
            );
            if (result === null) throw new Error('out of memory');
            passed += 1;
          } catch (error) {
            failed += 1;
            process.stdout.write(
              `${name}, ${precision}, ${rank === null ? 'all parameters' : `rank ${rank}`}, layers ` +
                `kept ${keptLayers}: ${error instanceof Error ? error.message : String(error)}\n`,
            );
          }
        }
      }
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
