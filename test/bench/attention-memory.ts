import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { floats, integers } from '../../native-models/engine/model/feeds.ts';
import { gradients } from '../../native-models/autodiff/gradients.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { type Value, input } from '../../native-models/graph/value.ts';
import { attentionBias, attentionBiasBlocks } from '../../native-models/layers/attention-bias.ts';
import { attention } from '../../native-models/layers/attention.ts';
import { blockedAttention } from '../../native-models/layers/blocked-attention.ts';
import { createSession } from '../../native-models/runtime/session.ts';

/**
 * `node test/bench/attention-memory.ts`: peak memory and time of one attention layer, forward and backward, in one
 * piece and over blocks of 128 queries, by length of the row. Each measurement is a process of its own.
 */
const layout = { heads: 8, keyValueHeads: 4, headDim: 32, attentionScale: 32 ** -0.5, scoreCap: null };
const blockTokens = 128;
const runs = 3;

async function measure(
  tokens: number,
  blocked: boolean,
): Promise<{ readonly bytes: number; readonly milliseconds: number }> {
  const wide = (name: string, heads: number): Value => input(name, 'float32', ['batch', 'seq', heads * layout.headDim]);
  const [q, k, v, seed] = [
    wide('q', layout.heads),
    wide('k', layout.keyValueHeads),
    wide('v', layout.keyValueHeads),
    wide('seed', layout.heads),
  ];
  const place = (name: string): Value => input(name, 'int64', ['batch', 'seq']);
  const places = {
    slot: place('slot'),
    position: place('position'),
    document: place('document'),
    branch: place('branch'),
  };
  const output = blocked
    ? blockedAttention(q, k, v, attentionBiasBlocks(places, tokens / blockTokens, null, 'float32'), layout)
    : attention(q, k, v, attentionBias(places, places, null, 'float32'), layout);
  const [dq, dk, dv] = gradients([{ output, seed }], [q, k, v]);
  if (dq === undefined || dk === undefined || dv === undefined) throw new Error('expected three gradients');
  const session = await createSession(emit({ dq, dk, dv }, { target: 'cpu' }).bytes, { provider: 'cpu', threads: 2 });
  const noise = (heads: number) =>
    floats(
      [1, tokens, heads * layout.headDim],
      Float32Array.from({ length: tokens * heads * layout.headDim }, (_, index) => Math.sin(index)),
    );
  const ids = (of: (slot: number) => number) =>
    integers(
      [1, tokens],
      Array.from({ length: tokens }, (_, slot) => of(slot)),
    );
  const feeds = {
    q: noise(layout.heads),
    k: noise(layout.keyValueHeads),
    v: noise(layout.keyValueHeads),
    seed: noise(layout.heads),
    slot: ids((slot) => slot),
    position: ids((slot) => slot),
    document: ids(() => 0),
    branch: ids(() => 0),
  };
  const before = process.resourceUsage().maxRSS * 1024;
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    await session.run(feeds);
    milliseconds = Math.min(milliseconds, performance.now() - startedAt);
  }
  return { bytes: process.resourceUsage().maxRSS * 1024 - before, milliseconds };
}

const [length, form] = process.argv.slice(2);
if (length !== undefined) {
  process.stdout.write(JSON.stringify(await measure(Number(length), form === 'blocked')));
} else {
  process.stdout.write(
    '| tokens | in one piece MB | in blocks MB | in one piece ms | in blocks ms |\n|---|---|---|---|---|\n',
  );
  for (const tokens of [512, 1024, 2048, 4096]) {
    const child = (kind: string): Awaited<ReturnType<typeof measure>> =>
      JSON.parse(
        execFileSync(process.execPath, [fileURLToPath(import.meta.url), String(tokens), kind], { encoding: 'utf8' }),
      );
    const [whole, blocked] = [child('whole'), child('blocked')];
    process.stdout.write(
      `| ${[
        tokens,
        Math.round(whole.bytes / 1e6),
        Math.round(blocked.bytes / 1e6),
        Math.round(whole.milliseconds),
        Math.round(blocked.milliseconds),
      ].join(' | ')} |\n`,
    );
  }
}
