import type { TimedCommand, TimedLine } from './timed-command.ts';

/** How long one part of `align` took. */
export interface Part {
  readonly name: string;
  readonly seconds: number;
}

/** How each part begins, in the order in which they happen; a part ends where the next one begins. */
const beginnings: readonly { readonly name: string; readonly begins: (line: TimedLine) => boolean }[] = [
  { name: 'start and import', begins: () => true },
  { name: 'preparation (snapshot, hashes, memory plan)', begins: ({ event }) => event?.['event'] === 'imported' },
  { name: 'reference log-probs', begins: ({ event }) => event?.['event'] === 'started' },
  { name: 'training steps', begins: ({ event }) => event?.['event'] === 'step' },
  { name: 'held-out pairs', begins: ({ text }) => text.startsWith('measuring held-out preferences') },
  { name: 'answers before training', begins: ({ text }) => /^Answering prompts, before/i.test(text) },
  { name: 'answers after training', begins: ({ text }) => /^Answering prompts, after/i.test(text) },
  { name: 'export', begins: ({ text }) => text.startsWith('Writing ') },
  { name: 'self-test', begins: ({ text }) => text.startsWith('Self-test') },
];

/** The wall time of each part of an `align`, from when its lines appeared; they come at most every two seconds. */
export function partsOfAlign({ lines, seconds }: TimedCommand): readonly Part[] {
  const begun = beginnings.flatMap(({ name, begins }, index) => {
    const line = index === 0 ? { seconds: 0 } : lines.find(begins);
    return line === undefined ? [] : [{ name, at: line.seconds }];
  });
  return begun.map(({ name, at }, index) => ({ name, seconds: (begun[index + 1]?.at ?? seconds) - at }));
}
