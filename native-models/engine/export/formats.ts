import type { ExportFormat } from '../../vocabulary/lists.ts';
import type { ExportFormatDefinition } from './format.ts';
import { gguf } from './gguf.ts';
import { onnx } from './onnx.ts';
import { peft } from './peft.ts';
import { safetensors } from './safetensors.ts';

/** Every export format by its name. */
export const exportFormatDefinitions: { readonly [Format in ExportFormat]: ExportFormatDefinition } = {
  safetensors,
  peft,
  gguf,
  onnx,
};
