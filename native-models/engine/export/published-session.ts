import { join } from 'node:path';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { type Session, openGraphFile } from '../../runtime/session.ts';
import type { SessionTensors } from '../../runtime/tensor.ts';
import { onnxFile } from './onnx.ts';
import { floatOutput, floats, integers } from '../model/feeds.ts';

/**
 * What a run of an exported decoder gives: logits of each new token `[tokens, vocabulary]`, and all outputs, caches
 * among them.
 */
export interface PublishedRun {
  readonly logits: Float32Array;
  readonly outputs: SessionTensors;
  /** Tokens that the caches hold. */
  readonly cached: number;
}

/** `model.onnx` of a folder, run as other programs run it: one text at a time, the cache handed back in. */
export class PublishedSession {
  readonly #session: Session;
  readonly #config: DecoderConfig;

  private constructor(session: Session, config: DecoderConfig) {
    this.#session = session;
    this.#config = config;
  }

  /** Throws `session-create-failed` for a file that the runtime refuses. */
  static async open(folder: string, config: DecoderConfig, threads: number): Promise<PublishedSession> {
    return new PublishedSession(await openGraphFile(join(folder, onnxFile), threads), config);
  }

  /** The next tokens after those that `past` has seen; `null` begins a text. */
  async next(ids: readonly number[], past: PublishedRun | null): Promise<PublishedRun> {
    const before = past?.cached ?? 0;
    const cached = before + ids.length;
    const outputs = await this.#session.run({
      input_ids: integers([1, ids.length], ids),
      attention_mask: integers(
        [1, cached],
        Array.from({ length: cached }, () => 1),
      ),
      position_ids: integers(
        [1, ids.length],
        ids.map((_, index) => before + index),
      ),
      ...this.#caches(past),
    });
    return { logits: floatOutput(outputs, 'logits'), outputs, cached };
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  #caches(past: PublishedRun | null): SessionTensors {
    const { layers, keyValueHeads, headDim } = this.#config;
    const nothing = floats([1, keyValueHeads, 0, headDim], new Float32Array());
    const names = layers.flatMap((_, layer) => [`${layer}.key`, `${layer}.value`]);
    return Object.fromEntries(
      names.map((name) => [`past_key_values.${name}`, past?.outputs[`present.${name}`] ?? nothing]),
    );
  }
}
