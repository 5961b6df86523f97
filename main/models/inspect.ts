import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { loraTargets } from '../../native-models/parameters/lora.ts';
import { parameterCount } from '../../native-models/decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { Failure } from '../../native-models/failure.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { openModelFolder, readModelConfig, type ModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { publishedName } from '../../native-models/formats/published-name.ts';
import { requireOwnFiles } from '../../native-models/model-folder/model-files.ts';
import { loadTemplate } from '../../native-models/text/chat-template.ts';
import { loadTokenizer, requireFittingTokenizer } from '../../native-models/text/tokenizer.ts';
import { needText, planMemory, type MemoryPlan } from './memory.ts';
import { exportFormats, type ExportFormat } from '../../native-models/vocabulary/lists.ts';

/** What a model folder holds and what can be done with it here. */
export interface ModelInspection {
  readonly path: string;
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly contextTokens: number;
  readonly dtype: string;
  /** Of the weights; 0 where they are not there. */
  readonly sizeBytes: number;
  /** In words: kind and number of tokens, or why there is none. */
  readonly tokenizer: string;
  /** Where the chat template comes from; `null`: the model has none and the plain one is used. */
  readonly chatTemplate: string | null;
  /** A question and its answer as the template makes one text of them; empty where the tokenizer cannot be read. */
  readonly templateExample: string;
  readonly licence: { readonly file: string; readonly firstLine: string } | null;
  /** What is unusual about this folder, or about a format it can be exported to. */
  readonly notes: readonly string[];
  readonly linearLayers: readonly string[];
  readonly trainable: boolean;
  readonly reason?: string;
  readonly ways: readonly ('lora' | 'full')[];
  readonly exportFormats: readonly ExportFormat[];
  /** Why a way of training or a format is not among them, by its name. */
  readonly notPossible: { readonly [wayOrFormat: string]: string };
  /** For a LoRA of rank 16 at batch size 1 and the given maximum length. */
  readonly memory: MemoryPlan;
}

const planned = {
  batchSize: 1,
  accumulate: 8,
  maxLength: 512,
  sharedPrefix: true,
  keptLayers: 'auto',
  provider: 'cpu',
} as const;
const asStored = { storage: 'as stored', compute: 'float32' } as const;

/**
 * Inspects a model folder; `config.json` alone is enough to say whether it could be trained here. What is wrong with
 * the weights or the tokenizer is told in `reason`, not thrown. Reads what others made: hosts ask for it with
 * `inspectSafely`. Throws what a folder without a usable `config.json` gives: `model-folder-not-found`,
 * `config-missing`, `architecture-not-supported` and the other codes of `parseDecoderConfig`.
 */
export async function inspectModel(path: string, availableBytes: number): Promise<ModelInspection> {
  const read = await readModelConfig(path);
  const { config } = read;
  const available = { hostBytes: availableBytes, cardBytes: null };
  const lora = planMemory(config, { ...planned, lora: { rank: 16, alpha: 32, targets: [] } }, asStored, available);
  const full = planMemory(config, { ...planned, lora: null }, asStored, available);
  const weights = await attempt(() => openModelFolder(path));
  const text = await attempt(() => inspectText(path, config));
  const folder = weights instanceof Failure ? null : weights;
  // Memory comes first: a model that can never be trained here need not be downloaded to find out.
  const reason =
    lora.fits || lora.nearestFit !== null
      ? [weights, text].find((part) => part instanceof Failure)?.message
      : memoryReason(config, lora);
  const formats = await exportFormatsOf(path, config, folder);
  const ways = [lora, full].flatMap(({ fits, nearestFit }, index) =>
    fits || nearestFit !== null ? [(['lora', 'full'] as const)[index] ?? 'lora'] : [],
  );
  return {
    path: read.dir,
    name: publishedName(read.dir, read.rawConfig, null).base,
    architecture: statedArchitecture(read),
    parameters: parameterCount(config),
    layers: config.layers.length,
    hiddenSize: config.hiddenSize,
    vocabularySize: config.vocabularySize,
    contextTokens: config.maxPositions,
    dtype: folder === null ? config.torchDtype : storedDtypes(folder),
    sizeBytes:
      folder === null ? 0 : [...folder.tensors.values()].reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
    tokenizer: text instanceof Failure ? text.message : text.tokenizer,
    chatTemplate: text instanceof Failure ? null : text.chatTemplate,
    templateExample: text instanceof Failure ? '' : text.templateExample,
    licence: folder === null ? null : await readLicence(folder),
    notes: [
      ...(folder?.notes ?? []),
      ...formats.possible.flatMap((format) => exportFormatDefinitions[format].limits(config)),
    ],
    linearLayers: loraTargets(config),
    trainable: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    ways: reason === undefined ? ways : [],
    exportFormats: reason === undefined ? formats.possible : [],
    notPossible:
      reason === undefined
        ? {
            ...formats.reasons,
            ...(ways.includes('full')
              ? {}
              : { full: `at ${planned.maxLength} tokens it ${full.needs.map(needText).join(' and ')}` }),
          }
        : {},
    memory: lora,
  };
}

/** The formats that do not refuse the model; none where a file to take along lies elsewhere. */
async function exportFormatsOf(
  path: string,
  config: DecoderConfig,
  folder: ModelFolder | null,
): Promise<{ readonly possible: readonly ExportFormat[]; readonly reasons: { readonly [format: string]: string } }> {
  const files = await attempt(async () => folder === null || requireOwnFiles(folder));
  const refusals = new Map<ExportFormat, Failure>();
  for (const format of exportFormats) {
    const refusal =
      files instanceof Failure
        ? files
        : await exportFormatDefinitions[format].refuses({ dir: path, config, trainsAdapter: null });
    if (refusal !== null) refusals.set(format, refusal);
  }
  return {
    possible: exportFormats.filter((format) => !refusals.has(format)),
    reasons: Object.fromEntries([...refusals].map(([format, { message }]) => [format, message])),
  };
}

/** The class that config.json names. */
function statedArchitecture({ config, rawConfig }: Awaited<ReturnType<typeof readModelConfig>>): string {
  const { architectures } = rawConfig;
  return Array.isArray(architectures) && typeof architectures[0] === 'string' ? architectures[0] : config.family;
}

/** What `config.json` of a folder says. Throws as {@link inspectModel}. */
export async function parseModelConfig(path: string): Promise<DecoderConfig> {
  return (await readModelConfig(path)).config;
}

const exampleMessages = [
  { role: 'user', content: 'How do I open the gate?' },
  { role: 'assistant', content: 'Ask its keeper.' },
] as const;

async function inspectText(
  path: string,
  config: DecoderConfig,
): Promise<{ tokenizer: string; chatTemplate: string | null; templateExample: string }> {
  const tokenizer = await loadTokenizer(path);
  requireFittingTokenizer(tokenizer, config, path);
  const template = await loadTemplate(path, 'model');
  return {
    tokenizer: `tokenizer.json with ${tokenizer.size} tokens`,
    chatTemplate: template.name === 'model' ? template.origin : null,
    templateExample: template.render(exampleMessages, { addGenerationPrompt: false }),
  };
}

function memoryReason(config: DecoderConfig, { parts, needs: [need] }: MemoryPlan): string {
  const { neededBytes, availableBytes } = need ?? { neededBytes: 0, availableBytes: 0 };
  const weights = parts.find(({ id }) => id === 'weights')?.bytes ?? 0;
  return (
    'It cannot be trained here for lack of memory: a LoRA of one pair of 128 tokens at a time already needs ' +
    `more than the ${gigabytes(availableBytes ?? 0)} that are available; its ` +
    `${(parameterCount(config) / 1e9).toFixed(1)} billion weights alone take ${gigabytes(weights)}, and about ` +
    `${gigabytes(neededBytes)} are needed at 512 tokens.`
  );
}

function storedDtypes({ tensors }: ModelFolder): string {
  return [...new Set([...tensors.values()].map(({ dtype }) => dtype))].sort().join(', ');
}

async function readLicence({ dir, licenceFiles }: ModelFolder): Promise<ModelInspection['licence']> {
  const [file] = licenceFiles;
  if (file === undefined) return null;
  const lines = (await firstText(join(dir, file))).split('\n');
  return {
    file,
    firstLine:
      lines
        .find((line) => line.trim() !== '')
        ?.trim()
        .slice(0, 200) ?? '',
  };
}

/** A file called a licence may be of any size. */
async function firstText(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** The result, or the failure that explains what is wrong with the model. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | Failure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
