import { failed } from '../../native-models/failure.ts';
import type { Question } from './question.ts';
import { ReaderProcess, type Asking } from './reader-process.ts';

/** Waits for the next question, so that it need not be started then, and what it opened stays open. */
let idle: ReaderProcess | null = null;
/**
 * Questions answered at a time, so that a slow one does not keep the others; each may take as much memory as is
 * allowed.
 */
const mostAtOnce = 2;
let atOnce = 0;
const waiting: (() => void)[] = [];

const working = new Set<ReaderProcess>();

/** Ends them all: a host that closes has nobody left to tell. What is asked is cancelled. */
export function endReaders(): void {
  for (const reader of working) reader.end();
  idle?.end();
  idle = null;
}

/** Starts the process that the first question will go to. */
export function warmReader(): void {
  idle ??= new ReaderProcess();
}

/**
 * Asks the reading process a question with one piece of answer. Of many such questions some wait for the others.
 * @throws what `ReaderProcess.ask` throws
 */
export async function askReader<Input, Piece>(
  question: Question<Input, Piece>,
  input: Input,
  asking: Asking,
): Promise<Piece> {
  if (atOnce === mostAtOnce) await new Promise<void>((go) => waiting.push(go));
  else atOnce += 1;
  try {
    return await onlyPiece(question, input, asking);
  } finally {
    const next = waiting.shift();
    if (next === undefined) atOnce -= 1;
    else next();
  }
}

async function onlyPiece<Input, Piece>(question: Question<Input, Piece>, input: Input, asking: Asking): Promise<Piece> {
  const pieces: Piece[] = [];
  for await (const piece of readThrough(question, input, { ...asking, patient: false })) pieces.push(piece);
  const [first] = pieces;
  if (first === undefined)
    throw failed(
      'reader-ended',
      `${asking.subject}: the process that reads it gave no answer. Report this as a defect.`,
      { subject: asking.subject },
    );
  return first;
}

/**
 * Reads a whole file piece by piece, in a process that nobody else asks meanwhile. Throws what `ReaderProcess.ask`
 * throws.
 */
export async function* readThrough<Input, Piece>(
  question: Question<Input, Piece>,
  input: Input,
  asking: Asking,
): AsyncGenerator<Piece> {
  const reader = idle === null || idle.ended ? new ReaderProcess() : idle;
  idle = null;
  working.add(reader);
  try {
    yield* reader.ask(question, input, { patient: true, ...asking });
  } finally {
    working.delete(reader);
    if (idle === null && !reader.ended) idle = reader;
    else reader.end();
  }
}
