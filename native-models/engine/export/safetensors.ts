import { join } from 'node:path';
import { exportedConfig } from './exported-config.ts';
import { readWeights, writeWeights } from '../../model-folder/shards.ts';
import { exportedDtype } from './dtype.ts';
import type { ExportFormatDefinition } from './format.ts';
import type { ExportJob } from './job.ts';
import { mergedTensor } from './merge.ts';
import { writeJson, writeTextFiles } from './text.ts';
import { asStored } from './weight-check/exported-tensors.ts';
import { tellWritten } from './written-bytes.ts';

/** A model folder of its own, with shards and element types like the start model's. */
export const safetensors: ExportFormatDefinition = {
  holds: 'folder',
  choosesDtype: true,
  storedDtype: exportedDtype,
  refuses: () => Promise.resolve(null),
  limits: () => [],
  files: ({ weightBytes }) => [{ name: 'model.safetensors', bytes: weightBytes }],
  card: {
    library: 'transformers',
    use: () =>
      'transformers: `AutoModelForCausalLM.from_pretrained(DIR)`; vLLM, TGI and SGLang serve the folder as it ' +
      'is; MLX: `mlx_lm.convert --hf-path DIR -q`.',
  },
  write: writeMerged,
  read: async (folder) => asStored((await readWeights(folder)).tensors.values()),
  reloaded: { as: 'model-folder' },
};

async function writeMerged({ folder, format, overlay, out, dtype, write }: ExportJob): Promise<readonly string[]> {
  // A tied head is the embedding; a copy that some files carry would be out of date after training.
  const kept = [...folder.tensors.values()].filter(
    ({ name }) => !(folder.config.tiedHead && name === 'lm_head.weight'),
  );
  await writeWeights(
    out,
    folder.layout,
    {},
    tellWritten(
      kept.map((entry) => mergedTensor(entry, overlay, exportedDtype(entry, dtype))),
      write,
    ),
  );
  await writeJson(
    join(out, 'config.json'),
    exportedConfig(folder.rawConfig, folder.config, dtype),
    join(folder.dir, 'config.json'),
  );
  const textFiles = await writeTextFiles(folder, format, out);
  const shards = [...new Set(kept.map(({ name }) => folder.layout.fileOf.get(name) ?? 'model.safetensors'))].sort();
  return [...shards, ...(folder.layout.sharded ? ['model.safetensors.index.json'] : []), 'config.json', ...textFiles];
}
