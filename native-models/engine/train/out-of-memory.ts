import { Failure } from '../../failure.ts';
import { gigabytes } from '../../gigabytes.ts';
import { type SettingsChange, inWords, smallerSettings } from '../../runtime/smaller-settings.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';
import { type PartName, isLayer, scopeOfName } from '../../graph/scope.ts';

/** What a run was doing; each has a graph of its own. */
export type Phase =
  'the try of the longest batch' | 'the reference log-probs' | 'training' | 'sample answers' | 'held-out preferences';

/** What could be made smaller. */
export interface RunInMemory {
  readonly settings: TrainSettings;
  readonly storage: 'as stored' | 'int4';
}

/**
 * Runs `work`; where it runs out of memory, says in which phase and part of the model, and what to change. Other
 * failures go through as they are.
 */
export async function namingPhase<Result>(
  phase: Phase,
  { settings, storage }: RunInMemory,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // An inner phase has named itself.
    throw error instanceof Failure && error.code === 'out-of-memory' && error.details['phase'] === undefined
      ? explain(error, phase, smallerSettings({ ...settings, storage }))
      : error;
  }
}

function explain({ details, cause }: Failure, phase: Phase, [smaller]: readonly SettingsChange[]): Failure {
  const { node, requestedBytes, provider } = details;
  const part = partOf(typeof node === 'string' ? node : null);
  const requested = typeof requestedBytes === 'number' ? `, which asked for ${gigabytes(requestedBytes)} more` : '';
  const change =
    smaller === undefined ? 'choose a smaller model or a larger machine' : `start again with ${inWords(smaller)}`;
  const place = provider === 'cpu' ? 'Memory' : "The card's memory";
  const next = `What the run has done is kept: free memory and resume it, or ${change}.`;
  return new Failure(
    'capacity',
    'out-of-memory',
    `${place} ran out during ${phase}, in ${part}${requested}. ${next}`,
    { ...details, phase, part, change: smaller === undefined ? null : JSON.parse(JSON.stringify(smaller)) },
    { cause },
  );
}

/**
 * The part of the model whose node could not get its memory, by the scope it was built in; without a node it was
 * loading.
 */
function partOf(node: string | null): string {
  if (node === null) return 'the weights';
  const scope = scopeOfName(node);
  const isIn = (...parts: readonly PartName[]): boolean => parts.some((part) => scope.includes(part));
  if (isIn('head', 'final norm')) return 'the head';
  if (isIn('gradient', 'optimizer', 'parameters')) return 'the gradient and the optimiser';
  const layer = scope.find(isLayer);
  if (layer !== undefined) return `the activations (${layer})`;
  return scope[0] === 'backward' ? 'the activations (backward pass)' : 'the activations';
}
