import type { LongOperation, RunningTask } from '../../preload/contract/operations/tasks.ts';
import { formatDuration } from '../kit/format.ts';
import { formatRoute } from '../shared/route.ts';
import type { WizardStep } from '../../native-models/vocabulary/lists.ts';

const titles: { readonly [operation in LongOperation]: string } = {
  'datasets.import': 'Importing',
  'review.suggest': 'Scoring pairs of',
  'review.lint': 'Checking labels of',
  'runs.start': 'Training',
  'evaluation.start': 'Evaluating',
  'exports.start': 'Exporting',
  'library.copy': 'Copying',
};

const steps: { readonly [operation in LongOperation]?: WizardStep } = {
  'datasets.import': 'data',
  'review.suggest': 'review',
  'review.lint': 'review',
  'runs.start': 'train',
  'evaluation.start': 'evaluate',
  'exports.start': 'export',
};

/** What is going on: `Scoring pairs of Island guide`. */
export function taskTitle({ operation, about }: RunningTask): string {
  return `${titles[operation]} ${about.name}`;
}

/** Long work in a few words: `Scoring pairs of Island guide: 37 % · 2 min left`. */
export function taskText(task: RunningTask): string {
  const { fraction, secondsLeft } = task;
  const done = fraction === null ? '' : `: ${Math.round(100 * fraction)} %`;
  const left = secondsLeft === null ? '' : ` · ${formatDuration(secondsLeft)} left`;
  return `${taskTitle(task)}${done}${left}`;
}

/** Where the work can be seen and stopped. */
export function taskAddress({ taskId, operation, about: { projectId } }: RunningTask): string {
  const step = steps[operation];
  if (projectId === null || step === undefined) return '#/preferences';
  return formatRoute({ screen: 'step', projectId, step, runId: operation === 'runs.start' ? taskId : null });
}
