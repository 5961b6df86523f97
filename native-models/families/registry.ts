import { exaone4 } from './exaone4.ts';
import type { Family } from './family.ts';
import { gemma } from './gemma.ts';
import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { granite } from './granite.ts';
import { graniteHybrid } from './granite-hybrid.ts';
import { internlm3 } from './internlm3.ts';
import { llama } from './llama.ts';
import { ministral } from './ministral.ts';
import { ministral3 } from './ministral3.ts';
import { mistral } from './mistral.ts';
import { olmo2 } from './olmo2.ts';
import { olmo3 } from './olmo3.ts';
import { phi } from './phi.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { seedOss } from './seed-oss.ts';
import { stablelm } from './stablelm.ts';
import { starcoder2 } from './starcoder2.ts';
import { smollm3 } from './smollm3.ts';

/** The families that can be trained, in the order in which messages list them. */
export const families: readonly Family[] = [
  llama,
  mistral,
  ministral,
  ministral3,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  gemma3,
  granite,
  graniteHybrid,
  smollm3,
  phi,
  phi3,
  olmo2,
  olmo3,
  stablelm,
  starcoder2,
  exaone4,
  internlm3,
  seedOss,
];
