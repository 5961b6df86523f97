import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { Failure } from '../../native-models/failure.ts';
import { answers } from './answers.ts';
import { limits, signMilliseconds, type Reply, type Watch } from '../foreign/protocol.ts';

/**
 * The reading process: parses what others made, so that no template, tokenizer or file can stop the process that asks.
 * It answers one question at a time, a piece whenever it is asked for the next. A thread beside it ends the process
 * when a piece takes too long or too much memory, and when nobody is left to hear the answer.
 */

const request = z.union([z.object({ ask: z.string(), input: z.unknown() }), z.object({ next: z.literal(true) })]);

const watchdog = new Worker(
  new URL(import.meta.url.endsWith('.ts') ? './watchdog.ts' : './watchdog.mjs', import.meta.url),
  {
    workerData: {
      parent: process.ppid,
      processorSeconds: Number(process.argv[2]),
      memoryBytes: Number(process.argv[3]),
    },
  },
);
watchdog.unref();

let pieces: AsyncIterator<unknown> | null = null;
let working = false;

// As long as this runs, nothing is stuck: a large file takes its time.
setInterval(() => {
  if (!working) return;
  watch('working');
  process.send?.({ alive: true } satisfies Reply);
}, signMilliseconds);

process.on('message', (message) => {
  void answer(request.parse(message)).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());

async function answer(message: z.output<typeof request>): Promise<Reply> {
  working = true;
  watch('working');
  try {
    if ('ask' in message) pieces = begin(message.ask, message.input);
    const piece = await pieces?.next();
    return piece === undefined || piece.done === true ? ending('complete') : { piece: piece.value };
  } catch (error) {
    return ending(reasonOf(error));
  } finally {
    working = false;
    watch('resting');
  }
}

function begin(name: string, input: unknown): AsyncIterator<unknown> {
  const answer = answers.get(name);
  if (answer === undefined) throw new RangeError(`the reading process has no answer to "${name}"`);
  return answer(input)[Symbol.asyncIterator]();
}

type End = Extract<Reply, { end: unknown }>['end'];

function ending(end: End): Reply {
  pieces = null;
  return { end, spent: process.memoryUsage.rss() > limits.keptBytes };
}

function reasonOf(error: unknown): End {
  if (error instanceof Failure)
    return { kind: error.kind, code: error.code, message: error.message, details: error.details };
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function watch(state: Watch): void {
  watchdog.postMessage(state);
}
