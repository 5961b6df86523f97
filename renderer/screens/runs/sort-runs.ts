import type { RunSummary } from '../../../preload/contract/operations/runs.ts';

export type RunColumn =
  | 'name'
  | 'projectName'
  | 'state'
  | 'objective'
  | 'pairs'
  | 'step'
  | 'rewards/accuracies'
  | 'rewards/margins'
  | 'createdAt';

function valueOf(run: RunSummary, column: RunColumn): string | number | null {
  switch (column) {
    case 'state':
      return run.progress.state;
    case 'step':
      return run.progress.step;
    case 'rewards/accuracies':
    case 'rewards/margins':
      return run.final[column] ?? null;
    default:
      return run[column];
  }
}

/** Sorts by one column; runs without a value come last either way, and equal ones newest first. */
export function sortRuns(runs: readonly RunSummary[], column: RunColumn, descending: boolean): RunSummary[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return runs.toSorted((left, right) => {
    const [first, second] = [valueOf(left, column), valueOf(right, column)];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    const order =
      typeof first === 'number' && typeof second === 'number'
        ? first - second
        : collator.compare(String(first), String(second));
    return (descending ? -order : order) || right.createdAt.localeCompare(left.createdAt);
  });
}
