import type { Session } from '../../runtime/session.ts';
import { seededRandom } from '../../text/seeded-random.ts';
import { floats, integers } from '../model/feeds.ts';
import { generation } from '../graphs/generation.ts';
import { openGraph } from '../model/graph-session.ts';
import type { EngineModel, ModelWeights } from '../model/model.ts';
import type { TrainedOverlay } from '../model/overlay.ts';
import type { EngineDevice, SamplingSettings } from '../../protocol/tasks.ts';
import { largestOf } from '../../extremes.ts';

/** New tokens of one prompt, its end token included when it came. */
export interface GeneratedTokens {
  readonly ids: readonly number[];
  /** The model ended the text itself. */
  readonly finished: boolean;
}

export interface GeneratorSettings {
  readonly device: EngineDevice;
  readonly sampling: SamplingSettings;
  /** Longest prompt plus new tokens. */
  readonly maxPositions: number;
  readonly overlay: TrainedOverlay | null;
}

/** Generates with the key/value cache inside the graph. */
export class Generator {
  readonly #session: Session;
  readonly #settings: GeneratorSettings;
  readonly #eosIds: ReadonlySet<number>;

  private constructor(session: Session, settings: GeneratorSettings, eosIds: ReadonlySet<number>) {
    this.#session = session;
    this.#settings = settings;
    this.#eosIds = eosIds;
  }

  static async open(
    model: ModelWeights & Pick<EngineModel, 'eosIds'>,
    settings: GeneratorSettings,
  ): Promise<Generator> {
    const { provider, threads } = settings.device;
    const graph = generation({
      config: model.folder.config,
      stored: model.stored,
      compute: model.precision.compute,
      state: 'float32',
      trained: settings.overlay?.trained ?? null,
      maxPositions: settings.maxPositions,
      eosIds: model.eosIds,
      draws: settings.sampling.temperature > 0,
    });
    const session = await openGraph(graph, model, { provider, threads });
    return new Generator(session, settings, new Set(model.eosIds));
  }

  /**
   * Answers of prompts given as ids. `firstIndex` numbers them over all calls: with the sampling seed it decides the
   * noise of each prompt, so an answer does not depend on which prompts share its batch.
   */
  async generate(prompts: readonly (readonly number[])[], firstIndex: number): Promise<readonly GeneratedTokens[]> {
    const { sampling, overlay } = this.#settings;
    const batch = prompts.length;
    const seq = largestOf(prompts.map(({ length }) => length));
    const places = [batch, seq];
    const grid = (of: (prompt: readonly number[], index: number) => number, padding: number): number[] =>
      prompts.flatMap((prompt) => [
        ...Array.from({ length: seq - prompt.length }, () => padding),
        ...prompt.map((_, index) => of(prompt, index)),
      ]);
    const outputs = await this.#session.run({
      tokens: integers(
        places,
        grid((prompt, index) => prompt[index] ?? 0, 0),
      ),
      positions: integers(
        places,
        grid((_, index) => index, 0),
      ),
      documents: integers(
        places,
        grid(() => 0, -1),
      ),
      noise: floats([sampling.maxNewTokens, batch], this.#noise(batch, firstIndex)),
      more_steps: integers([], [sampling.maxNewTokens - 1]),
      temperature: floats([1], [sampling.temperature]),
      top_p: floats([1], [sampling.topP]),
      ...(overlay === null ? {} : { parameters: floats([overlay.parameters.length], overlay.parameters) }),
    });
    const [first, rest] = [outputs['first'], outputs['rest']];
    if (first?.dtype !== 'int64' || rest?.dtype !== 'int64') throw new TypeError('generation gives int64 tokens');
    const iterations = rest.shape[0] ?? 0;
    return prompts.map((_, column) => {
      const ids = [
        Number(first.data[column]),
        ...Array.from({ length: iterations }, (__, step) => Number(rest.data[step * batch + column])),
      ];
      const end = ids.findIndex((id) => this.#eosIds.has(id));
      return end === -1 ? { ids, finished: false } : { ids: ids.slice(0, end + 1), finished: true };
    });
  }

  /** Gives the session's memory back. */
  async close(): Promise<void> {
    await this.#session.release();
  }

  #noise(batch: number, firstIndex: number): Float32Array {
    const { maxNewTokens, seed } = this.#settings.sampling;
    const noise = new Float32Array(maxNewTokens * batch);
    for (let column = 0; column < batch; column++) {
      const random = seededRandom(seed, firstIndex + column);
      for (let step = 0; step < maxNewTokens; step++) noise[step * batch + column] = random.below(2 ** 24) / 2 ** 24;
    }
    return noise;
  }
}
