import { readRunSamples } from '../../native-models/protocol/run-folder/samples.ts';

/** An answer at a step of a run, beside the model's answer before training. */
export interface ComparedSample {
  readonly step: number;
  readonly prompt: string;
  readonly base: string;
  readonly current: string;
}

/** The answers a run gave to its sample prompts so far, in the order of the steps. */
export async function compareSamples(runFolder: string): Promise<readonly ComparedSample[]> {
  const samples = await readRunSamples(runFolder);
  const base = new Map(samples.flatMap(({ step, prompt, text }) => (step === 0 ? [[prompt, text]] : [])));
  return samples.map(({ step, prompt, text }) => ({ step, prompt, base: base.get(prompt) ?? '', current: text }));
}
