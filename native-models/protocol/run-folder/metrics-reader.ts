import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { badInput } from '../../failure.ts';
import { statPlainFileSync } from '../../files/plain-file.ts';
import { metricsPath, parseTrainEvent } from './metrics.ts';
import type { TrainEvent } from './train-events.ts';

/** Some 500,000 steps. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Reads what was appended to `metrics.jsonl` since the last call, whole lines only. A resumed engine replaces the file
 * by one without the steps it will do again: reading then starts over, and steps that were read before are left out.
 */
export class MetricsReader {
  readonly #file: string;
  #inode: number | null = null;
  #offset = 0;
  #partial: Buffer = Buffer.alloc(0);
  #lastStep = 0;

  constructor(runFolder: string) {
    this.#file = metricsPath(runFolder);
  }

  /** Throws `file-too-large`, `engine-output-invalid`. */
  next(): TrainEvent[] {
    if (!existsSync(this.#file)) return [];
    const { size, ino } = statPlainFileSync(this.#file);
    const again = this.#inode !== null && (ino !== this.#inode || size < this.#offset);
    if (again) [this.#offset, this.#partial] = [0, Buffer.alloc(0)];
    this.#inode = ino;
    const unread = size - this.#offset;
    if (unread > mostBytes)
      throw badInput(
        'file-too-large',
        `${this.#file} has ${size} bytes; at most ${mostBytes} of a run's metrics are read. Check what wrote it.`,
        { file: this.#file, bytes: size, expected: mostBytes },
      );
    const bytes = readPiece(this.#file, this.#offset, unread);
    this.#offset += bytes.length;
    return this.#fresh(this.#wholeLines(bytes).flatMap((line) => parseTrainEvent(line) ?? []));
  }

  #wholeLines(bytes: Buffer): string[] {
    const text = Buffer.concat([this.#partial, bytes]);
    const end = text.lastIndexOf('\n') + 1;
    this.#partial = text.subarray(end);
    return text
      .toString('utf8', 0, end)
      .split('\n')
      .filter((line) => line !== '');
  }

  #fresh(events: readonly TrainEvent[]): TrainEvent[] {
    return events.filter((event) => {
      if (event.event !== 'step') return true;
      const fresh = event.step > this.#lastStep;
      this.#lastStep = Math.max(this.#lastStep, event.step);
      return fresh;
    });
  }
}

/** All events of a run so far. Throws what {@link MetricsReader.next} throws. */
export function readEvents(runFolder: string): TrainEvent[] {
  return new MetricsReader(runFolder).next();
}

/** Bytes of a file from `position` on. */
export function readPiece(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  } finally {
    closeSync(file);
  }
}
