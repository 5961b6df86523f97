import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `test/golden/expected/NAME.json`: see README.md beside it. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: string;
}

interface PairNumbers {
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

export interface GoldenOptimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly maxGradNorm: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly finalLoss: number;
}

export interface GoldenTraining {
  readonly logps: PairNumbers;
  readonly pairLosses: readonly number[];
  readonly loss: number;
  readonly gradients: { readonly [name: string]: GoldenTensor };
  readonly optimizer: GoldenOptimizer;
}

export interface GoldenPair {
  readonly prompt: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly chosenUnsafe: boolean;
  readonly rejectedUnsafe: boolean;
}

export interface Golden {
  readonly beta: number;
  readonly delta: number;
  readonly pairs: readonly GoldenPair[];
  readonly start: PairNumbers;
  readonly reference: PairNumbers;
  readonly sequence: {
    readonly ids: readonly number[];
    readonly logits: readonly (readonly number[])[];
    readonly mergedLogits: readonly (readonly number[])[];
  };
  readonly full: GoldenTraining;
  readonly lora: GoldenTraining & {
    readonly rank: number;
    readonly alpha: number;
    readonly targets: readonly string[];
  };
}

/** Models of the families on offer. */
export const goldenNames = [
  'llama-gqa',
  'llama-tied',
  'mistral-window',
  'qwen2-bias',
  'qwen3-qk-norm',
  'qwen2-yarn',
  'gemma2-caps',
  'gemma-tanh',
  'granite-scales',
  'smollm3-nope',
  'qwen2-mixed-windows',
  'stablelm-layer-norm',
  'stablelm-parallel',
  'starcoder2-plain',
  'phi-parallel',
  'phi3-fused',
  'phi3-longrope',
  'olmo2-post-norms',
  'olmo3-windows',
  'gemma3-two-rotations',
  'exaone4-hybrid',
  'seed-oss-bias',
  'internlm3-dynamic',
  'ministral-mixed-windows',
  'ministral3-yarn',
  'granite4-dense',
] as const;

export function goldenPath(...parts: readonly string[]): string {
  return fileURLToPath(new URL(parts.join('/'), import.meta.url));
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(goldenPath('expected', `${name}.json`), 'utf8'));
}

/** The numbers of a base64 little-endian float32 tensor. */
export function goldenNumbers({ data }: GoldenTensor): Float32Array {
  const bytes = Buffer.from(data, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
