import type { ProviderName, TemplateName, ExportFormat, ExportDtype } from '../vocabulary/lists.ts';
import type { RunSettings } from '../vocabulary/settings.ts';
import type { Precision } from './precision.ts';

/**
 * What the engine process does besides training. `node native-models/engine/main.ts TASK` reads one JSON task from
 * standard input and writes the task's events (`task-events.ts`) to standard output, one JSON line each.
 */

/** A model as stored, or with what a run trained on top. */
export interface ModelChoice {
  /** Hugging Face model folder. */
  readonly path: string;
  /**
   * A checkpoint folder of a run (holds `adapter.safetensors` or `model.safetensors`, and `state.json`); `null`: the
   * model as it is.
   */
  readonly checkpoint: string | null;
  /** A folder whose weights are taken in place of those in `path`, under its config and tokenizer. */
  readonly weights?: string;
}

/** A model to compute with. */
export interface ComputedModel extends ModelChoice {
  readonly precision: Precision;
  /** Keeps the int4 form of models. */
  readonly cacheFolder: string;
}

export interface EngineDevice {
  readonly provider: ProviderName;
  readonly threads: number;
}

export interface TaskMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** Text rows are tokenised apart and get BOS (prompt) and EOS (completion); id rows are used as they are. */
export type ScoreRow =
  | { readonly prompt: string | readonly TaskMessage[]; readonly completion: string }
  | { readonly prompt_ids: readonly number[]; readonly completion_ids: readonly number[] };

/** `score`: summed log-probs of completions. */
export interface ScoreTask {
  readonly model: ComputedModel;
  readonly device: EngineDevice;
  readonly template: TemplateName;
  readonly maxLength: number;
  readonly rows: readonly ScoreRow[];
}

export interface SamplingSettings {
  readonly maxNewTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** 1 keeps every token. */
  readonly topP: number;
  readonly seed: number;
}

export type GeneratePrompt =
  { readonly messages: readonly TaskMessage[] } | { readonly text: string } | { readonly ids: readonly number[] };

/** `generate`: answers to prompts. `text` prompts use no template. */
export interface GenerateTask {
  readonly model: ComputedModel;
  readonly device: EngineDevice;
  readonly template: TemplateName;
  readonly sampling: SamplingSettings;
  readonly batchSize: number;
  readonly prompts: readonly GeneratePrompt[];
}

/** `export`: writes a model folder (`safetensors`, adapter merged), a PEFT folder, one GGUF file or an ONNX folder. */
export interface ExportTask {
  /** The run's template: it goes into the export. */
  readonly template: TemplateName;
  /** When the run began, for templates with a date; `null`: now. */
  readonly clock: string | null;
  /** Where the start model is published, `ORG/NAME`; `null`: as its folder says. */
  readonly baseModel: string | null;
  readonly model: ModelChoice;
  readonly format: ExportFormat;
  /** `null`: as the start model stores them. PEFT and ONNX are always float32. */
  readonly dtype: ExportDtype | null;
  readonly out: string;
}

/** `check-weights`: compares the numbers in an exported folder with what was trained. */
export interface CheckWeightsTask extends Pick<ExportTask, 'model' | 'format' | 'dtype'> {
  readonly folder: string;
}

/** `score-onnx`: {@link ScoreTask} for a folder with `model.onnx`, run as other programs run it. */
export interface ScoreOnnxTask extends Pick<ScoreTask, 'template' | 'maxLength' | 'rows'> {
  readonly folder: string;
  readonly threads: number;
}

/** `self-test`: gradients of a tiny model on the provider against the float64 oracle, and the provider's speed. */
export interface SelfTestTask {
  readonly device: EngineDevice;
}

/** `time-steps`: times a few real steps of a run that has not begun. */
export interface TimeStepsTask {
  readonly model: Omit<ComputedModel, 'checkpoint'>;
  /** Holds the run's `pairs.jsonl`. */
  readonly dataFolder: string;
  readonly settings: RunSettings;
}

/** The short tasks of the engine, by name. What they write is in `task-events.ts`. */
export interface EngineTasks {
  readonly score: ScoreTask;
  readonly 'score-onnx': ScoreOnnxTask;
  readonly generate: GenerateTask;
  readonly export: ExportTask;
  readonly 'check-weights': CheckWeightsTask;
  readonly 'self-test': SelfTestTask;
  readonly 'time-steps': TimeStepsTask;
}
export type TaskName = keyof EngineTasks;
