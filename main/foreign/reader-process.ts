import { fork, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, badInput, doesNotFit, failed } from '../../native-models/failure.ts';
import { limits, replySchema, tooLong, tooMuchMemory, type Reply } from './protocol.ts';
import type { Question } from './question.ts';

const source = fileURLToPath(new URL('../../main/foreign-process/main.ts', import.meta.url));

/** What is read, for messages, and how the asker stops it. */
export interface Asking {
  /** The file or folder. */
  readonly subject: string;
  readonly signal?: AbortSignal;
  /** Whether it may take as long as it takes, as long as it goes on. */
  readonly patient?: boolean;
}

/** What a piece of an answer may take. */
export interface PieceLimits {
  readonly processorSeconds: number;
  readonly memoryBytes: number;
}

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that reads what others made. It answers one question at a time and may be ended at any moment. */
export class ReaderProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;
  readonly #limits: PieceLimits;
  #ended = false;
  #stopped = false;

  /** Starts it with the same Node as the engine. */
  constructor(pieceLimits: PieceLimits = limits) {
    this.#limits = pieceLimits;
    this.#child = fork(scriptPath(), [String(pieceLimits.processorSeconds), String(pieceLimits.memoryBytes)], {
      execPath: process.env['SAFEDPO_ENGINE_NODE'] ?? process.execPath,
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${limits.heapMegabytes}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#exit = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#ended = true;
        resolve({ code, signal });
      };
      this.#child.once('exit', end);
      // It could not be started.
      this.#child.on('error', () => end(null, null));
    });
    this.#rest();
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What is being answered is cancelled. */
  end(): void {
    this.#ended = true;
    this.#stopped = true;
    this.#child.kill('SIGKILL');
  }

  /**
   * The pieces of an answer; the next one is worked on while one is used. Leaving early ends the process.
   * @throws the failure of the answer, `took-too-long`, `took-too-much-memory`, `reader-ended`, `task-cancelled`
   */
  async *ask<Input, Piece>(question: Question<Input, Piece>, input: Input, asking: Asking): AsyncGenerator<Piece> {
    if (asking.signal?.aborted === true) throw cancelled(asking);
    this.#child.ref();
    this.#child.channel?.ref();
    let reusable = false;
    try {
      let reply = this.#send({ ask: question.name, input }, asking);
      for (;;) {
        const said = await reply;
        if ('end' in said) {
          reusable = !said.spent;
          if (said.end === 'complete') return;
          if ('bug' in said.end) throw new Error(`reading ${asking.subject}: ${said.end.bug}`);
          throw new Failure(said.end.kind, said.end.code, said.end.message, said.end.details);
        }
        reply = this.#send({ next: true }, asking);
        // Its consumer may leave before it waits for this one.
        reply.catch(() => undefined);
        yield question.piece.parse(said.piece);
      }
    } finally {
      if (reusable) this.#rest();
      else this.end();
    }
  }

  /** A process that waits for the next question keeps nobody alive. */
  #rest(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #send(message: object, asking: Asking): Promise<Exclude<Reply, { alive: true }>> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(late);
        this.#child.off('message', heard);
        asking.signal?.removeEventListener('abort', stop);
        act();
      };
      const heard = (message: unknown): void => {
        const reply = replySchema.parse(message);
        if (!('alive' in reply)) settle(() => resolve(reply));
        else if (asking.patient === true) late.refresh();
      };
      const stop = (): void => settle(() => reject(cancelled(asking)));
      const late = setTimeout(() => settle(() => reject(slow(asking, limits.seconds))), limits.seconds * 1000);
      this.#child.on('message', heard);
      asking.signal?.addEventListener('abort', stop, { once: true });
      void this.#exit.then((exit) =>
        settle(() => reject(this.#stopped ? cancelled(asking) : failureOf(exit, asking, this.#limits))),
      );
      if (this.#child.connected) this.#child.send(message, () => undefined);
    });
  }
}

/** The packaged app has it bundled beside the engine. */
function scriptPath(): string {
  const engine = process.env['SAFEDPO_ENGINE_SCRIPT'];
  return engine === undefined ? source : join(dirname(engine), 'reader.mjs');
}

/** Ends that mean that memory ran out: our own, V8's, the system's. Windows gives no signals. */
const memoryEnds: ReadonlySet<string> = new Set([
  tooMuchMemory,
  'SIGABRT',
  'SIGTRAP',
  'SIGILL',
  'SIGKILL',
  '134',
  ...(process.platform === 'win32' ? ['1'] : []),
]);

function failureOf({ code, signal }: Exit, asking: Asking, { processorSeconds, memoryBytes }: PieceLimits): Failure {
  const { subject } = asking;
  const how = signal ?? String(code);
  if (signal === tooLong) return slow(asking, processorSeconds);
  if (memoryEnds.has(how)) {
    const megabytes = Math.round(memoryBytes / 2 ** 20);
    return doesNotFit(
      'took-too-much-memory',
      `${subject}: reading it took more than ${megabytes} MB of memory and was stopped. It is damaged, or ` +
        'holds more in one piece than can be read here; for a data file, write smaller pieces (row groups, ' +
        'lines).',
      { subject, mostBytes: memoryBytes },
    );
  }
  return failed(
    'reader-ended',
    `${subject}: the process that reads it ended ` +
      `(${code === null && signal === null ? 'it could not be started' : how}). Try again; if it happens ` +
      'again, report it.',
    { subject, code, signal },
  );
}

function slow({ subject }: Asking, seconds: number): Failure {
  return badInput(
    'took-too-long',
    `${subject}: reading it took longer than ${seconds} seconds and was stopped. A chat template that ` +
      `loops, a tokenizer's pattern or a damaged file can do that. Get it again from where it came from, or ` +
      'choose another.',
    { subject, seconds },
  );
}

function cancelled({ subject }: Asking): Failure {
  return new Failure('interrupted', 'task-cancelled', `Reading ${subject} was cancelled.`, { subject });
}
