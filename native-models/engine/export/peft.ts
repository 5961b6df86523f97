import { join } from 'node:path';
import { badInput, type Failure } from '../../failure.ts';
import { encodeFloats } from '../../numbers/float-encoding.ts';
import { readSafetensorsHeader } from '../../formats/safetensors/read.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors/write.ts';
import type { ExportFormatDefinition } from './format.ts';
import type { ExportJob } from './job.ts';
import { writeJson, writeTextFiles } from './text.ts';
import { asStored } from './weight-check/exported-tensors.ts';
import { tellWritten } from './written-bytes.ts';

const weightsName = 'adapter_model.safetensors';

/** The LoRA adapter alone, as PEFT names its tensors. */
export const peft: ExportFormatDefinition = {
  holds: 'adapter',
  choosesDtype: false,
  storedDtype: () => 'float32',
  refuses: ({ config: { partOf }, trainsAdapter }) =>
    Promise.resolve(partOf !== null ? otherNames(partOf) : trainsAdapter === false ? needsAdapter() : null),
  limits: () => [],
  files: ({ adapterBytes }) => [{ name: weightsName, bytes: adapterBytes }],
  card: {
    library: 'peft',
    use: ({ baseId }) =>
      'PEFT: `AutoPeftModelForCausalLM.from_pretrained(DIR)` loads the base model named in adapter_config.json and ' +
      `adds the adapter.${
        baseId === null
          ? ' The base is named by its folder alone: load it from where you have it, then ' +
            '`PeftModel.from_pretrained(base, DIR)`.'
          : ''
      }`,
  },
  write: writePeft,
  read: async (folder) => asStored((await readSafetensorsHeader(join(folder, weightsName))).tensors),
  reloaded: null,
};

function otherNames(partOf: string): Failure {
  return badInput(
    'peft-names-differ',
    `The trained model is the text part of a ${partOf}, in which PEFT finds the layers under other names. Export it ` +
      'as safetensors.',
    { format: 'peft', partOf },
  );
}

function needsAdapter(): Failure {
  return badInput(
    'peft-needs-adapter',
    'Only a run that trained a LoRA adapter can be exported as PEFT. Export it as safetensors.',
    { format: 'peft' },
  );
}

async function writePeft({ folder, format, published, overlay, out, write }: ExportJob): Promise<readonly string[]> {
  if (overlay === null) throw needsAdapter();
  const { layout, modules, adapterScale } = overlay.trained;
  const tensors = layout.tensors.map(({ name, shape, offset, size }): TensorToWrite => ({
    name,
    shape,
    dtype: 'float32',
    data: () => [encodeFloats(overlay.parameters.subarray(offset, offset + size), 'float32')],
  }));
  await writeSafetensors(join(out, weightsName), {}, tellWritten(tensors, write));
  const rank = layout.tensors[0]?.shape[0] ?? 0;
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: published.baseId ?? published.base,
    r: rank,
    lora_alpha: adapterScale * rank,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    target_modules: [...new Set(modules.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))].sort(),
  };
  await writeJson(join(out, 'adapter_config.json'), config);
  return [weightsName, 'adapter_config.json', ...(await writeTextFiles(folder, format, out))];
}
