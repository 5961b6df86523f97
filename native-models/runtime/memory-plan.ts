import { layerCounts } from '../decoder/kept-layers.ts';
import { parameterCount } from '../decoder/tensor-shapes.ts';
import { headChunksFor } from './head-chunks.ts';
import {
  type MemoryQuestion,
  bytesPerTokenAndLayer,
  convertedBytes,
  floatBytes,
  graphBytesPerLayer,
  isConverted,
  keepsScores,
  scoringWork,
  stepWork,
  storedBytes,
  trainsEverything,
} from './memory-bytes.ts';

/** `card` is the memory of the device, `host` that of the machine; the CPU has only the latter. */
export type MemoryPlace = 'card' | 'host';

/** What a part of the memory is for, apart from the words that people read. */
export type MemoryPartId =
  | 'activations'
  | 'context'
  | 'converted weights'
  | 'gaps'
  | 'head'
  | 'layer'
  | 'process'
  | 'training state'
  | 'weights'
  | 'work';

export interface MemoryPart {
  readonly id: MemoryPartId;
  readonly name: string;
  readonly place: MemoryPlace;
  readonly bytes: number;
}

export interface MemoryPrediction {
  /**
   * Of the phase that needs most in each place: steps, or held-out pairs and answers, which get the memory of steps.
   */
  readonly parts: readonly MemoryPart[];
  /** Parts in which response rows pass through the head. */
  readonly headChunks: number;
}

/**
 * Node, the runtime's libraries and what earlier phases left behind; with CUDA also its own libraries, mostly code
 * mapped from files.
 */
const processBytes = { cpu: 190e6, device: 900e6 };
/** Context, kernels loaded on first use and cuBLAS's workspace. An assumption: no card has been measured. */
const contextBytes = { cuda: 600e6, webgpu: 200e6, dml: 200e6 };
/**
 * The arena serves sizes of many kinds from regions of a megabyte up to a gigabyte; so much of it lies between them
 * unused. An assumption too.
 */
const arenaWaste = 0.1;
/** Parameters, two moments and the gradient, and the next parameters and moments beside the present ones. */
const optimizerCopies = 7;
/**
 * Where every parameter is trained, on the CPU: present and next state, now and then with an older vector that waits
 * for the garbage collector; in the runtime's allocator the parameters cut into tensors and their gradients beside the
 * activations, and after those what the optimiser works on.
 */
const fullCopies = { state: 6.5, besideActivations: 2, optimizer: 6 };
/**
 * Attention in more than two blocks asks the CPU's allocator for sizes of many kinds; so much of what a step takes lies
 * between them unused.
 */
const stepGaps = 0.07;
/**
 * On a device they are fed, carried from one iteration to the next, and worked on: four vectors each, and the
 * gradient's own.
 */
const loopCopies = 16;
/** Beside a device's copies: the present vectors, those a run gives back, and the accumulated gradient. */
const hostCopies = 9;
/** Prompts that are answered together while a run trains, and the tokens of an answer (engine/train/samples.ts). */
const sampleAnswers = { prompts: 4, tokens: 64 };
/** Scores of a whole prompt: as products, with the bias, and as shares. */
const promptScoreCopies = 3;
/**
 * Predicts the peak memory of a run. Values kept per token and layer are counted from the emitted graph: in float32 to
 * 1 % by a replay of its liveness, in bfloat16 to 3 % (test/integration/memory-liveness.test.ts); whole runs on the CPU
 * are measured by test/bench/memory-plan.ts. Nothing was measured on a card.
 */
export function predictMemory(question: MemoryQuestion): MemoryPrediction {
  const headChunks = headChunksFor(question.batch.responseRows, question.config.vocabularySize);
  const phases =
    question.provider === 'cpu'
      ? [stepsOnCpu(question, headChunks), scoringOnCpu(question), answersOnCpu(question)]
      : [stepsOnDevice(question, headChunks), scoringOnDevice(question)];
  const largest = (place: MemoryPlace): readonly MemoryPart[] =>
    phases
      .map((parts) => parts.filter((part) => part.place === place))
      .reduce((most, parts) => (totalBytes(parts) > totalBytes(most) ? parts : most), []);
  return {
    parts: [...largest('card'), ...largest('host')].map((part) => ({ ...part, bytes: Math.round(part.bytes) })),
    headChunks,
  };
}

export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function activationsName({ config, keptLayers }: MemoryQuestion): string {
  const { kept, recomputed } = layerCounts(config.layers.length, keptLayers);
  return recomputed === 0
    ? 'activations of all layers'
    : `activations: ${kept} of ${config.layers.length} layers kept, the others recomputed`;
}

function stepsOnCpu(question: MemoryQuestion, headChunks: number): readonly MemoryPart[] {
  const { trainedParameters, accumulates } = question;
  const full = trainsEverything(question);
  // A head that is trained takes all its rows at once.
  const work = stepWork(question, full ? 1 : headChunks);
  // The graph of the first micro-batches and that of the last have an allocator each, and neither gives back.
  const graphs = accumulates ? 2 : 1;
  const vectors = trainedParameters * floatBytes;
  const gaps = keepsScores(question, question.attentionBlocks) ? 0 : stepGaps;
  const stepBytes = (1 + gaps) * (work.activations + work.layer + work.head);
  const optimizer = full ? Math.max(0, fullCopies.optimizer * vectors - stepBytes) : 0;
  const copies = full ? fullCopies.state + fullCopies.besideActivations : optimizerCopies;
  return onHost([
    ['process', 'runtime and graph', processBytes.cpu + graphs * work.graph],
    ...(full
      ? []
      : ([
          ['weights', 'weights, mapped from their files', storedBytes(question)],
          ['converted weights', 'weights, converted while in use', graphs * convertedBytes(question)],
        ] as const)),
    ['training state', 'trained parameters and optimiser', vectors * (copies + (accumulates ? 2 : 0)) + optimizer],
    ['activations', activationsName(question), graphs * work.activations],
    // The runtime's allocator keeps what the head gave back in pieces that fit no layer.
    ['work', 'working sets of head and layer', graphs * (work.layer + work.head)],
    ['gaps', "gaps in the allocator's regions", graphs * gaps * (work.activations + work.layer + work.head)],
  ]);
}

function stepsOnDevice(question: MemoryQuestion, headChunks: number): readonly MemoryPart[] {
  const { config, provider, trainedParameters } = question;
  const work = stepWork(question, headChunks);
  const vectors = trainedParameters * floatBytes;
  return [
    ...onCard(question, convertedBytes(question), [
      [
        'training state',
        'trained parameters and optimiser',
        vectors * (provider === 'cuda' ? loopCopies : optimizerCopies),
      ],
      ['activations', activationsName(question), work.activations],
      ['layer', 'working set of one layer (attention, gradients)', work.layer],
      ['head', 'working set of the head', work.head],
    ]),
    ...onHost([
      [
        'process',
        'runtime, its libraries and graph',
        processBytes.device + config.layers.length * graphBytesPerLayer.recomputed,
      ],
      ['training state', 'trained parameters and optimiser', vectors * hostCopies],
    ]),
  ];
}

/** Held-out pairs beside nothing but the trained state. */
function scoringOnCpu(question: MemoryQuestion): readonly MemoryPart[] {
  return onHost([
    ...forwardOnCpu(question, convertedBytes(question)),
    ['work', 'working sets of held-out pairs', scoringWork(question)],
  ]);
}

/** Answers beside nothing but the trained state: a few prompts in one pass, all of their scores at once. */
function answersOnCpu(question: MemoryQuestion): readonly MemoryPart[] {
  const { config, batch } = question;
  const { heads, headDim, keyValueHeads, layers } = config;
  const tokens = sampleAnswers.prompts * batch.promptTokens;
  const cached = sampleAnswers.prompts * (batch.promptTokens + sampleAnswers.tokens);
  // Keys and values, and the same one token longer.
  const caches = 2 * 2 * cached * layers.length * keyValueHeads * headDim * floatBytes;
  const { working } = bytesPerTokenAndLayer(question, 0, 1);
  const scores = promptScoreCopies * heads * batch.promptTokens * floatBytes;
  return onHost([
    // The loop over tokens keeps every weight converted.
    ...forwardOnCpu(question, isConverted(question) ? parameterCount(config) * floatBytes : 0),
    ['work', 'working sets of answers and their caches', tokens * (working + scores) + caches],
  ]);
}

function forwardOnCpu(question: MemoryQuestion, converted: number): readonly Part[] {
  const { config, trainedParameters } = question;
  return [
    ['process', 'runtime and graph', processBytes.cpu + config.layers.length * graphBytesPerLayer.kept],
    ['weights', 'weights, mapped from their files', storedBytes(question)],
    ['converted weights', 'weights, converted while in use', converted],
    ['training state', 'trained parameters and optimiser', 3 * trainedParameters * floatBytes],
  ];
}

/** Held-out pairs and answers beside nothing but the trained state, forward only. */
function scoringOnDevice(question: MemoryQuestion): readonly MemoryPart[] {
  const { config, trainedParameters } = question;
  const vectors = trainedParameters * floatBytes;
  return [
    ...onCard(question, convertedBytes(question), [
      ['training state', 'trained parameters', vectors],
      ['work', 'working sets of held-out pairs', scoringWork(question)],
    ]),
    ...onHost([
      [
        'process',
        'runtime, its libraries and graph',
        processBytes.device + config.layers.length * graphBytesPerLayer.kept,
      ],
      ['training state', 'trained parameters and optimiser', 3 * vectors],
    ]),
  ];
}

type Part = readonly [id: MemoryPartId, name: string, bytes: number];

/** The card's parts: what is served by the arena, and what it always holds. */
function onCard(question: MemoryQuestion, converted: number, served: readonly Part[]): readonly MemoryPart[] {
  const { provider } = question;
  const arena = served.reduce((sum, [, , bytes]) => sum + bytes, converted);
  const parts: readonly Part[] = [
    ['context', 'context and libraries of the device', provider === 'cpu' ? 0 : contextBytes[provider]],
    ['weights', 'weights as stored', storedBytes(question)],
    ['converted weights', 'weights, converted while in use', converted],
    ...served,
    ['gaps', "gaps in the allocator's regions", arenaWaste * arena],
  ];
  return parts.map(([id, name, bytes]) => ({ id, name, place: 'card', bytes }));
}

function onHost(parts: readonly Part[]): readonly MemoryPart[] {
  return parts.map(([id, name, bytes]) => ({ id, name, place: 'host', bytes }));
}
