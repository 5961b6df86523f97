import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A test file that may skip tests although CI is set, and why. */
export interface AllowedSkip {
  readonly file: string;
  readonly because: string;
}

const everywhere: readonly AllowedSkip[] = [
  { file: 'main/datasets/import-failures.test.ts', because: 'root may write everywhere' },
  { file: 'native-models/runtime/session.test.ts', because: 'one of the two holds only where CUDA is or is not there' },
  { file: 'test/integration/webgpu-train.test.ts', because: 'it takes minutes: npm run test:webgpu' },
  { file: 'test/integration/read-only-library.test.ts', because: 'it has to mount a file system' },
];

const withoutOthersData = [
  'main/datasets/import-real-data.test.ts',
  'test/integration/encode-pair.test.ts',
  'test/integration/exported-prompts.test.ts',
  'test/integration/foreign-text.test.ts',
  'test/integration/gguf-export.test.ts',
  'test/integration/model-cases.test.ts',
  'test/integration/model-folder.test.ts',
  'test/integration/objectives.test.ts',
  'test/integration/onnx-export.test.ts',
  'test/integration/onnx-node.test.ts',
  'test/integration/reference-numbers.test.ts',
  'test/integration/reported-datasets.test.ts',
  'test/integration/review-scorer.test.ts',
  'test/integration/serve-training.test.ts',
  'test/integration/template-vectors.test.ts',
  'test/integration/tokenizer-vectors.test.ts',
];

/** The files that may skip here: those below and, without a `shared/` beside the checkout, those that read it. */
export function allowedSkips(): readonly AllowedSkip[] {
  const shared = fileURLToPath(new URL('../../shared/data', import.meta.url));
  if (existsSync(shared)) return everywhere;
  return [...everywhere, ...withoutOthersData.map((file) => ({ file, because: `${shared} does not exist` }))];
}
