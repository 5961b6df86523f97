import { readFileSync } from 'node:fs';
import { precisions } from '../../../native-models/decoder/precision.ts';
import { headChunksFor } from '../../../native-models/runtime/head-chunks.ts';
import { initialState, trainedParameters } from '../../../native-models/engine/model/trained-state.ts';
import { Trainer, type TrainingItem } from '../../../native-models/engine/train/trainer.ts';
import { Scorer, rowTokens } from '../../../native-models/engine/infer/scorer.ts';
import { encodeFloats } from '../../../native-models/numbers/float-encoding.ts';
import { writeSafetensors } from '../../../native-models/formats/safetensors/write.ts';
import { openModelFolder } from '../../../native-models/model-folder/model-folder.ts';
import { blockQuantizedModel } from '../../../native-models/runtime/block-quantized-model.ts';
import { env } from '../../../native-models/runtime/onnx-runtime.ts';
import { storedModel } from '../../../native-models/runtime/stored-model.ts';
import type { PairTokens, PeerCase, PeerResult } from './peer-case.ts';
import { largestOf } from '../../../native-models/extremes.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import { objectiveSettings } from '../../objective-settings.ts';

/**
 * LoRA DPO steps with the engine's own trainer. The reference comes from a pass before the steps that are timed, as the
 * peer's does.
 */
export async function runOurCase(bench: PeerCase): Promise<PeerResult> {
  const pairs: readonly PairTokens[] = JSON.parse(readFileSync(bench.pairsFile, 'utf8'));
  const folder = await openModelFolder(bench.model);
  const precision = precisions[bench.precision];
  const stored =
    precision.storage === 'int4' ? await blockQuantizedModel(folder, bench.cacheFolder) : storedModel(folder);
  const longest = largestOf(
    pairs.map(({ prompt, chosen, rejected }) => prompt.length + Math.max(chosen.length, rejected.length)),
  );
  const settings: TrainSettings = {
    ...objectiveSettings,
    objective: 'dpo',
    beta: 0.1,
    delta: 0,
    epochs: 1,
    learningRate: 1e-5,
    schedule: 'constant',
    warmupShare: 0,
    weightDecay: 0,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    batchSize: bench.pairsPerStep,
    accumulate: 1,
    maxLength: longest,
    lora: { rank: 16, alpha: 32, targets: [] },
    seed: 1,
    provider: bench.provider,
    precision: bench.precision,
    template: 'plain',
    sharedPrefix: true,
    keptLayers: bench.keptLayers,
    threads: bench.threads,
    checkpointEverySteps: 1000,
  };
  const trained = trainedParameters(folder, settings.lora);
  const state = await initialState({ folder, precision }, trained, settings);
  await writeSafetensors(
    bench.adapterFile,
    {},
    trained.layout.tensors.map(({ name, shape, offset, size }) => ({
      name,
      shape,
      dtype: 'float32',
      data: () => [encodeFloats(state.parameters.subarray(offset, offset + size), 'float32')],
    })),
  );
  const model = { folder, precision, ...stored };
  const device = { provider: bench.provider, threads: bench.threads };
  const scorer = await Scorer.open(model, {
    device,
    maxLength: longest,
    batchTokens: bench.pairsPerStep * rowTokens(longest),
    overlay: null,
  });
  const references = await scorer.pairs(
    pairs.map(({ prompt, chosen, rejected }) => ({ promptIds: prompt, chosenIds: chosen, rejectedIds: rejected })),
  );
  await scorer.close();
  const items = pairs.map(({ prompt, chosen, rejected }, index): TrainingItem => ({
    promptIds: prompt,
    chosenIds: chosen,
    rejectedIds: rejected,
    reference: references[index] ?? { chosen: Number.NaN, rejected: Number.NaN },
    offset: 0,
  }));
  const rows = largestOf(pairs.map(({ chosen, rejected }) => chosen.length + rejected.length)) * bench.pairsPerStep;
  const trainer = await Trainer.open(model, {
    settings,
    trained,
    keptLayers: bench.keptLayers,
    headChunks: headChunksFor(rows, folder.config.vocabularySize),
    ...(bench.profilePrefix === undefined ? {} : { profilePrefix: bench.profilePrefix }),
  });
  const secondsPerStep: number[] = [];
  const losses: number[] = [];
  let first = { chosen: Number.NaN, rejected: Number.NaN };
  let tokens = 0;
  for (let step = 0; step < bench.steps; step++) {
    const batch = items.slice(step * bench.pairsPerStep, (step + 1) * bench.pairsPerStep);
    const startedAt = performance.now();
    const outcome = await trainer.step(state, [batch], step + 1, settings.learningRate);
    secondsPerStep.push((performance.now() - startedAt) / 1000);
    const mean = (of: (pair: (typeof outcome.pairs)[number]) => number): number =>
      outcome.pairs.reduce((sum, pair) => sum + of(pair) / outcome.pairs.length, 0);
    losses.push(mean(({ loss }) => loss));
    if (step === 0)
      first = { chosen: mean(({ chosenLogp }) => chosenLogp), rejected: mean(({ rejectedLogp }) => rejectedLogp) };
    tokens += outcome.tokens / bench.steps;
  }
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  await trainer.close();
  return {
    secondsPerStep,
    losses,
    firstChosenLogp: first.chosen,
    firstRejectedLogp: first.rejected,
    peakMemoryBytes,
    tokensPerStep: tokens,
    versions: { node: process.version, 'onnxruntime-node': env.versions.node ?? env.versions.common },
  };
}

const [argument] = process.argv.slice(2);
if (import.meta.main && argument !== undefined)
  process.stdout.write(`\n${JSON.stringify(await runOurCase(JSON.parse(argument)))}\n`);
