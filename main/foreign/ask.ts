import { failed } from '../../native-models/failure.ts';
import type { Input, Piece, QuestionName } from './questions.ts';
import { ReaderProcess, type Asking } from './reader-process.ts';

/** Waits for the next question, so that it need not be started then, and what it opened stays open. */
let idle: ReaderProcess | null = null;
let questionsBefore: Promise<unknown> = Promise.resolve();

/** Starts the process that the first question will go to. */
export function warmReader(): void {
  idle ??= new ReaderProcess();
}

/**
 * Asks the reading process a question with one piece of answer. Such questions wait for each other.
 * @throws what `ReaderProcess.ask` throws
 */
export async function askReader<Name extends QuestionName>(name: Name, input: Input<Name>, asking: Asking): Promise<Piece<Name>> {
  const answer = questionsBefore.then(() => onlyPiece(name, input, asking));
  questionsBefore = answer.catch(() => undefined);
  return answer;
}

async function onlyPiece<Name extends QuestionName>(name: Name, input: Input<Name>, asking: Asking): Promise<Piece<Name>> {
  const pieces: Piece<Name>[] = [];
  for await (const piece of readThrough(name, input, { ...asking, patient: false })) pieces.push(piece);
  const [first] = pieces;
  if (first === undefined) throw failed('reader-ended', `${asking.subject}: the process that reads it gave no answer. Report this as a defect.`, { subject: asking.subject });
  return first;
}

/** Reads a whole file piece by piece, in a process that nobody else asks meanwhile. Throws what `ReaderProcess.ask` throws. */
export async function* readThrough<Name extends QuestionName>(name: Name, input: Input<Name>, asking: Asking): AsyncGenerator<Piece<Name>> {
  const reader = idle === null || idle.ended ? new ReaderProcess() : idle;
  idle = null;
  try {
    yield* reader.ask(name, input, { patient: true, ...asking });
  } finally {
    if (idle === null && !reader.ended) idle = reader;
    else reader.end();
  }
}
