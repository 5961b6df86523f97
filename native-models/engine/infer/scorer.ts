import type { DecoderConfig } from '../../families/decoder-config.ts';
import type { Session } from '../../runtime/session.ts';
import { collatePairs, collateSequences } from '../../text/batch.ts';
import { pairLength, type EncodedPair, type EncodedSequence } from '../../text/encode-pair.ts';
import { scoring } from '../graphs/scoring.ts';
import { floatOutput, floats, layoutFeeds } from '../model/feeds.ts';
import { attentionBlocksFor } from '../../runtime/attention-blocks.ts';
import { headChunksFor } from '../../runtime/head-chunks.ts';
import { openGraph } from '../model/graph-session.ts';
import type { ModelWeights } from '../model/model.ts';
import type { TrainedOverlay } from '../model/overlay.ts';
import { sharesPrefix } from '../model/prefix-sharing.ts';
import type { EngineDevice } from '../../protocol/tasks.ts';

type PairIds = Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'>;
type SequenceIds = Pick<EncodedSequence, 'promptIds' | 'completionIds'>;

export interface PairScore {
  readonly chosen: number;
  readonly rejected: number;
}

export interface ScorerSettings {
  readonly device: EngineDevice;
  /** Longest prompt plus response. */
  readonly maxLength: number;
  /** The most tokens in one run of the graph. */
  readonly batchTokens: number;
  /** `null` scores the model as stored. */
  readonly overlay: TrainedOverlay | null;
}

/** The parts in which the graph takes its rows. */
interface Parts {
  readonly headChunks: number;
  readonly attentionBlocks: number;
}

/**
 * Summed response log-probabilities under a model. Batches depend on the items alone, so equal items give equal
 * numbers.
 */
export class Scorer {
  readonly #session: Session;
  readonly #config: DecoderConfig;
  readonly #parts: Parts;
  readonly #settings: ScorerSettings;

  private constructor(session: Session, config: DecoderConfig, parts: Parts, settings: ScorerSettings) {
    this.#session = session;
    this.#config = config;
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Builds the graph for this model and loads it. */
  static async open(model: ModelWeights, settings: ScorerSettings): Promise<Scorer> {
    const { config } = model.folder;
    const longest = rowTokens(settings.maxLength);
    const parts = {
      headChunks: headChunksFor(settings.batchTokens, config.vocabularySize),
      attentionBlocks: attentionBlocksFor(
        settings.device.provider,
        config.heads,
        Math.ceil(settings.batchTokens / longest),
        longest,
      ),
    };
    const graph = scoring({
      config,
      stored: model.stored,
      compute: model.precision.compute,
      state: 'float32',
      trained: settings.overlay?.trained ?? null,
      maxPositions: longest + parts.attentionBlocks,
      ...parts,
      keptLayers: 'all',
    });
    const { provider, threads } = settings.device;
    const session = await openGraph(graph, model, { provider, threads });
    return new Scorer(session, config, parts, settings);
  }

  /**
   * Both responses of each pair, their prompt computed once where that is less work. `onBatch` hears how many are done.
   */
  async pairs(pairs: readonly PairIds[], onBatch: (done: number) => void = () => {}): Promise<readonly PairScore[]> {
    const scores = new Map<number, PairScore>();
    for (const members of this.batches(pairs.map(pairLength))) {
      const chosen = members.flatMap((index) => pairs[index] ?? []);
      const batch = collatePairs(chosen, {
        sharedPrefix: sharesPrefix(this.#config, chosen),
        headChunks: this.#parts.headChunks,
        padTo: this.#parts.attentionBlocks,
      });
      const sums = new Float32Array(2 * batch.chosenSum.length);
      sums.set(batch.chosenSum);
      sums.set(batch.rejectedSum, batch.chosenSum.length);
      const logps = await this.#run({
        ...layoutFeeds(batch),
        sum: floats([2 * batch.pairs, batch.responseCount], sums),
      });
      for (const [place, index] of members.entries())
        scores.set(index, { chosen: logps[place] ?? Number.NaN, rejected: logps[batch.pairs + place] ?? Number.NaN });
      onBatch(scores.size);
    }
    return pairs.map((_, index) => scores.get(index) ?? { chosen: Number.NaN, rejected: Number.NaN });
  }

  /** One completion each. */
  async sequences(
    sequences: readonly SequenceIds[],
    onBatch: (done: number) => void = () => {},
  ): Promise<readonly number[]> {
    const scores = new Map<number, number>();
    for (const members of this.batches(
      sequences.map(({ promptIds, completionIds }) => promptIds.length + completionIds.length),
    )) {
      const batch = collateSequences(
        members.flatMap((index) => sequences[index] ?? []),
        { headChunks: this.#parts.headChunks, padTo: this.#parts.attentionBlocks },
      );
      const logps = await this.#run({
        ...layoutFeeds(batch),
        sum: floats([batch.sequences, batch.responseCount], batch.sum),
      });
      for (const [place, index] of members.entries()) scores.set(index, logps[place] ?? Number.NaN);
      onBatch(scores.size);
    }
    return sequences.map((_, index) => scores.get(index) ?? Number.NaN);
  }

  /** Items grouped by length, longest first, as many as fit into a run. */
  batches(lengths: readonly number[]): readonly (readonly number[])[] {
    const order = [...lengths.keys()].sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
    const batches: number[][] = [];
    let open: number[] = [];
    for (const index of order) {
      const width = lengths[open[0] ?? index] ?? 0;
      if (open.length > 0 && (open.length + 1) * width > this.#settings.batchTokens) {
        batches.push(open);
        open = [];
      }
      open.push(index);
    }
    return open.length === 0 ? batches : [...batches, open];
  }

  /** Gives the session's memory back. */
  async close(): Promise<void> {
    await this.#session.release();
  }

  async #run(feeds: Parameters<Session['run']>[0]): Promise<Float32Array> {
    const { overlay } = this.#settings;
    const parameters = overlay === null ? {} : { parameters: floats([overlay.parameters.length], overlay.parameters) };
    return floatOutput(await this.#session.run({ ...feeds, ...parameters }), 'logps');
  }
}

/** The longest row: a prompt with both of its responses, each within `maxLength` with it. */
export function rowTokens(maxLength: number): number {
  return 2 * maxLength;
}
