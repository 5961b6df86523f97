import { removeValue, writeValue } from '../library/key-values.ts';
import type { Library } from '../library/library.ts';
import { factsOf } from '../../native-models/vocabulary/objectives.ts';
import { type TrainSettings, settingLetter } from '../../native-models/vocabulary/settings.ts';

const keyOf = (runId: string): string => `run-name/${runId}`;

/** The settings that most often differ between runs, as a name: `safedpo Δ 10, LoRA 16, rate 0.00043`. */
export function describeRun(settings: TrainSettings): string {
  const { objective, lora, learningRate, epochs } = settings;
  const [first] = factsOf(objective).settings;
  const value = first === undefined ? '' : ` ${settingLetter(first)} ${short(settings[first])}`;
  return (
    `${objective}${value}, ${lora === null ? 'all weights' : `LoRA ${lora.rank}`}, rate ` +
    `${short(learningRate)}, ${short(epochs)} ${epochs === 1 ? 'epoch' : 'epochs'}`
  );
}

/** The name, with a number after it where a run of the library has it already: `trial (2)`. */
export function freeRunName({ db }: Library, name: string): string {
  const taken = new Set(
    db.prepare<[], string>("SELECT json_extract(value, '$') FROM settings WHERE key LIKE 'run-name/%'").pluck().all(),
  );
  let number = 1;
  const numbered = (): string => (number === 1 ? name : `${name} (${number})`);
  while (taken.has(numbered())) number += 1;
  return numbered();
}

/** Keeps a run's name. The run may be made in the same transaction. */
export function saveRunName(library: Library, runId: string, name: string): void {
  writeValue(library, keyOf(runId), name);
}

export function forgetRunName(library: Library, runId: string): void {
  removeValue(library, keyOf(runId));
}

/** Three significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
