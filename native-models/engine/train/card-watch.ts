import { gigabytes } from '../../gigabytes.ts';
import { type Card, readCards } from '../../runtime/nvidia-smi.ts';

/** Something about the card that makes steps slow or ends the run, in words. */
export interface CardAlarm {
  readonly code: 'card-memory-full' | 'card-shared';
  readonly message: string;
}

const betweenLooksMilliseconds = 5000;
/** Above this share of its memory a card has no room: Windows then moves memory to the machine without a word. */
const fullShare = 0.98;
/** Growth of other processes that is worth a word. */
const growthBytes = 256e6;

/** Looks at the card now and then while a run trains; never waits for an answer. */
export class CardWatch {
  readonly #environment: NodeJS.ProcessEnv;
  #first: Card | null = null;
  #latest: Card | null = null;
  #lookedAt = -Infinity;

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    this.#environment = environment;
  }

  /** Asks for a reading, unless one was asked for within five seconds. Resolves when it is there. */
  async look(): Promise<void> {
    if (performance.now() - this.#lookedAt < betweenLooksMilliseconds) return;
    this.#lookedAt = performance.now();
    const [card] = (await readCards(this.#environment)) ?? [];
    this.#latest = card ?? null;
    this.#first ??= this.#latest;
  }

  /** In use on the card, by whomever, at the last look; `null` while nobody tells. */
  get usedBytes(): number | null {
    return this.#latest?.usedBytes ?? null;
  }

  /** What is wrong at the last look; `null` while nothing is. */
  get alarm(): CardAlarm | null {
    return this.#first === null || this.#latest === null ? null : cardAlarm(this.#first, this.#latest, process.pid);
  }
}

/** What is wrong with a card that was as `first` when the run began. */
export function cardAlarm(first: Card, now: Card, ownProcess: number): CardAlarm | null {
  const { name, usedBytes, totalBytes } = now;
  const grown = otherBytes(now, ownProcess) - otherBytes(first, ownProcess);
  const others = now.processes
    .filter(({ pid }) => pid !== ownProcess)
    .map((other) => `${other.name} (process ${other.pid})`)
    .join(', ');
  if (usedBytes !== null && totalBytes !== null && usedBytes > fullShare * totalBytes) {
    const cause = grown > growthBytes ? ` ${others} took ${gigabytes(grown)} since the run began.` : '';
    return {
      code: 'card-memory-full',
      message:
        `${gigabytes(usedBytes)} of ${gigabytes(totalBytes)} on ${name} are in use.${cause} On Windows more ` +
        `is moved to the computer's memory, and steps take many times as long; elsewhere the run ends when it ` +
        'asks for more. Close what else uses the card, or start again with smaller batches or recomputed ' +
        'layers.',
    };
  }
  if (grown > growthBytes)
    return {
      code: 'card-shared',
      message:
        `${others} took ${gigabytes(grown)} of ${name} since the run began; steps may be slower, and memory ` +
        'may run out.',
    };
  return null;
}

function otherBytes({ processes }: Card, ownProcess: number): number {
  return processes.filter(({ pid }) => pid !== ownProcess).reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
}
