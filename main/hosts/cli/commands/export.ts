import type { Command } from 'commander';
import { exportFormats, type ExportFormat } from '../../../../native-models/engine/tasks.ts';
import { progressText } from '../format.ts';
import { execute, type CommonOptions } from '../io.ts';
import { choiceOption, createCommand } from '../options.ts';
import { withLibrary } from '../with-library.ts';

/** `export RUN`: what a run trained, as a folder that others can load. */
export function exportCommand(): Command {
  return createCommand('export', 'write what a run trained, load it again, compare it with the trained model, and certify it')
    .argument('<run>')
    .requiredOption('--format <name>', 'safetensors (a model folder of its own), peft (the adapter alone), gguf (one file for llama.cpp and Ollama) or onnx (for ONNX Runtime, Optimum and transformers.js)', choiceOption(exportFormats))
    .requiredOption('--out <folder>', 'a new folder')
    .action((runId: string, options: CommonOptions & { format: ExportFormat; out: string }) =>
      execute(options, (io) =>
        withLibrary(options.library, async (library) => {
          const { exportRun } = await import('../../../exports/export-run.ts');
          const { out, selfTest, certificate } = await exportRun(library, runId, { format: options.format, out: options.out, signal: io.signal, onProgress: (doing, fraction) => io.progress(progressText(doing, fraction)) });
          const files = Object.entries(certificate.files).map(([name, file]) => ({ name, ...file }));
          const compared = selfTest.compared === 'tensors' ? `${selfTest.count} tensors read back and equal` : `${selfTest.count} pairs scored again, log-probs at most ${selfTest.largestDifference.toExponential(1)} nats apart`;
          io.result({ run: runId, format: options.format, export: out, selfTest, files }, `${out}: ${files.length} files, ${compared}`);
        })));
}
