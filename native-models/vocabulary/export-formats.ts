import type { ExportFormat } from './lists.ts';

/** What a person reads of an export format; `engine/export` has a file for each that does the work. */
export interface ExportFormatFacts {
  readonly title: string;
  /** What its files are called among those who exchange models. */
  readonly fileType: string;
  /** The programs that read it. */
  readonly usedBy: string;
}

export const exportFormatFacts: { readonly [Format in ExportFormat]: ExportFormatFacts } = {
  safetensors: {
    title: 'Whole model',
    fileType: 'Hugging Face safetensors',
    usedBy: 'Hugging Face transformers, vLLM, and converters to other formats',
  },
  peft: {
    title: 'Adapter only',
    fileType: 'PEFT adapter',
    usedBy: 'PEFT, vLLM with LoRA; needs the start model beside it',
  },
  gguf: { title: 'GGUF', fileType: 'GGUF', usedBy: 'llama.cpp, Ollama, LM Studio' },
  onnx: { title: 'ONNX', fileType: 'ONNX', usedBy: 'ONNX Runtime, Optimum, transformers.js' },
};

/** The file types in a row, for a sentence. */
export const exportFileTypes: string = Object.values(exportFormatFacts)
  .map(({ fileType }) => fileType)
  .join(', ');
