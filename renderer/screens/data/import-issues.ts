import type { ErrorView } from '../../../preload/contract/views.ts';

/** One row that could not be read, in the words of the import. */
export interface ImportIssue {
  readonly message: string;
  readonly code: string;
}

/** The rows that a failed import names in its details; empty where the failure is about the whole file. */
export function issuesOf({ details }: ErrorView): readonly ImportIssue[] {
  const { issues } = details;
  if (!Array.isArray(issues)) return [];
  return issues.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue) || !('code' in issue)) return [];
    const { message, code } = issue;
    return typeof message === 'string' && typeof code === 'string' ? [{ message, code }] : [];
  });
}
