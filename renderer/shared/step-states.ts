import { usablePairs } from '../../preload/contract/pair-counts.ts';
import type { TransformCounts } from '../../preload/contract/transform-pair.ts';
import type { RunState } from '../../preload/contract/operations/runs.ts';
import type { WizardStep } from '../../native-models/vocabulary/lists.ts';

export type StepState =
  | { readonly kind: 'empty' | 'ready' | 'running' | 'done' }
  | { readonly kind: 'attention'; readonly count: number | null; readonly text: string }
  /** Something before this step changed after it was done. */
  | { readonly kind: 'stale'; readonly text: string };

/** What is known of a project, as far as the rail needs it. Times are ISO 8601. */
export interface ProjectFacts {
  readonly hasModel: boolean;
  readonly counts: TransformCounts;
  readonly newestDatasetAt: string | null;
  /** `trained`: it has a checkpoint after at least one step. */
  readonly newestRun: { readonly state: RunState; readonly createdAt: string; readonly trained: boolean } | null;
  /** Some run has one. */
  readonly hasTrainedRun: boolean;
  readonly evaluated: boolean;
  readonly exported: boolean;
}

const empty: StepState = { kind: 'empty' };
const ready: StepState = { kind: 'ready' };
const done: StepState = { kind: 'done' };

/** The state of each step of the rail. */
export function stepStates(facts: ProjectFacts): { readonly [step in WizardStep]: StepState } {
  const { counts, newestRun } = facts;
  const trainable = usablePairs(counts);
  const canTrain = facts.hasModel && trainable > 0;
  const trained = facts.hasTrainedRun;
  return {
    model: facts.hasModel ? done : { kind: 'attention', count: null, text: 'choose a model folder' },
    data:
      counts.total > 0
        ? done
        : facts.hasModel
          ? { kind: 'attention', count: null, text: 'add preference pairs' }
          : empty,
    review:
      counts.total === 0
        ? empty
        : counts.waiting > 0
          ? { kind: 'attention', count: counts.waiting, text: 'pairs are waiting for a verdict' }
          : done,
    hyperparameters: newestRun !== null ? done : canTrain ? ready : empty,
    train: trainState(facts, canTrain),
    evaluate: facts.evaluated ? done : trained ? ready : empty,
    export: facts.exported ? done : trained ? ready : empty,
  };
}

function trainState(facts: ProjectFacts, canTrain: boolean): StepState {
  const run = facts.newestRun;
  if (run === null) return canTrain ? ready : empty;
  if (run.state === 'failed') return { kind: 'attention', count: null, text: 'the last run failed' };
  if (run.state === 'paused') return { kind: 'attention', count: null, text: 'the run is paused' };
  if (run.state !== 'done' && run.state !== 'stopped') return { kind: 'running' };
  if (!run.trained) return { kind: 'attention', count: null, text: 'the last run stopped before it trained anything' };
  const dataChanged = facts.newestDatasetAt !== null && facts.newestDatasetAt > run.createdAt;
  return dataChanged ? { kind: 'stale', text: 'data was added after the last run' } : done;
}
