import type { TaskActivity } from '../../preload/contract/views.ts';
import { formatDuration } from '../kit/format.ts';
import { formatRoute } from '../shared/route.ts';

const titles: { readonly [operation: string]: string } = {
  'datasets.import': 'Importing',
  'labels.suggest': 'Scoring pairs of',
  'labels.lint': 'Checking labels of',
  'evaluation.start': 'Evaluating',
  'exports.start': 'Exporting',
  'library.copy': 'Copying',
};

const steps: { readonly [operation: string]: 'data' | 'review' | 'evaluate' | 'export' } = {
  'datasets.import': 'data',
  'labels.suggest': 'review',
  'labels.lint': 'review',
  'evaluation.start': 'evaluate',
  'exports.start': 'export',
};

/** Long work in a few words: `Scoring pairs of Island guide: 37 % · 2 min left`. */
export function taskText({ operation, about, fraction, secondsLeft }: TaskActivity): string {
  const done = fraction === null ? '' : `: ${Math.round(100 * fraction)} %`;
  const left = secondsLeft === null ? '' : ` · ${formatDuration(secondsLeft)} left`;
  return `${titles[operation] ?? operation} ${about.name}${done}${left}`;
}

/** Where the work can be seen and stopped. */
export function taskAddress({ operation, about: { projectId } }: TaskActivity): string {
  const step = steps[operation];
  if (projectId === null || step === undefined) return '#/preferences';
  return formatRoute({ screen: 'step', projectId, step, runId: null });
}
