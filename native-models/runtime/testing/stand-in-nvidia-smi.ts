import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a stand-in for nvidia-smi prints; rows are written as nvidia-smi writes them. */
export interface StandInCards {
  readonly cards: readonly string[];
  readonly processes: readonly string[];
}

/**
 * Writes a program named `nvidia-smi` into a folder that prints what `showCards` last said, and gives an environment
 * whose PATH finds it first.
 */
export function standInNvidiaSmi(folder: string): {
  readonly environment: NodeJS.ProcessEnv;
  readonly showCards: (answer: StandInCards) => void;
} {
  mkdirSync(folder, { recursive: true });
  const [cards, processes] = [join(folder, 'cards'), join(folder, 'processes')];
  writeFileSync(
    join(folder, 'nvidia-smi'),
    `#!/bin/sh\ncase "$1" in\n  --query-gpu=*) cat '${cards}' ;;\n  --query-compute-apps=*) cat ` +
      `'${processes}' ;;\nesac\n`,
    { mode: 0o755 },
  );
  return {
    environment: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
    showCards(answer) {
      writeFileSync(cards, answer.cards.map((line) => `${line}\n`).join(''));
      writeFileSync(processes, answer.processes.map((line) => `${line}\n`).join(''));
    },
  };
}
