import { severities } from './severity.ts';
import type { BulkChange } from '../../../../preload/contract/operations/review.ts';

/** What a bulk change can do, in the words of the interface. */
export const bulkActions: readonly {
  readonly name: string;
  readonly title: string;
  readonly needsSide: boolean;
  readonly needsCategory: boolean;
}[] = [
  { name: 'safe', title: 'Mark as safe', needsSide: true, needsCategory: false },
  { name: 'unsafe', title: 'Mark as unsafe', needsSide: true, needsCategory: false },
  { name: 'no-verdict', title: 'Remove the verdict', needsSide: true, needsCategory: false },
  { name: 'prefer-a', title: 'Prefer A', needsSide: false, needsCategory: false },
  { name: 'prefer-b', title: 'Prefer B', needsSide: false, needsCategory: false },
  { name: 'tie', title: 'Mark as equally helpful', needsSide: false, needsCategory: false },
  { name: 'no-preference', title: 'Remove the preference', needsSide: false, needsCategory: false },
  { name: 'flag', title: 'Flag', needsSide: false, needsCategory: false },
  { name: 'unflag', title: 'Remove the flag', needsSide: false, needsCategory: false },
  { name: 'add-category', title: 'Add a category', needsSide: true, needsCategory: true },
  { name: 'remove-category', title: 'Remove a category', needsSide: true, needsCategory: true },
  ...severities.map((title, value) => ({
    name: `severity-${value}`,
    title: `Severity ${value}, ${title}`,
    needsSide: true,
    needsCategory: false,
  })),
  { name: 'no-severity', title: 'Remove the severity', needsSide: true, needsCategory: false },
];

/** The change behind an action; `null` while its category is missing. */
export function bulkChangeOf(action: string, side: 'a' | 'b' | 'both', category: string): BulkChange | null {
  const withCategory = (change: BulkChange): BulkChange | null => (category === '' ? null : change);
  switch (action) {
    case 'safe':
    case 'unsafe':
      return { verdict: { side, unsafe: action === 'unsafe' } };
    case 'no-verdict':
      return { verdict: { side, unsafe: null } };
    case 'prefer-a':
    case 'prefer-b':
      return { preferred: action === 'prefer-a' ? 'a' : 'b' };
    case 'flag':
    case 'unflag':
      return { flagged: action === 'flag' };
    case 'add-category':
      return withCategory({ addCategory: { side, category } });
    case 'remove-category':
      return withCategory({ removeCategory: { side, category } });
    case 'tie':
    case 'no-preference':
      return { preferred: action === 'tie' ? 'tie' : null };
    case 'severity-0':
      return { severity: { side, value: 0 } };
    case 'severity-1':
      return { severity: { side, value: 1 } };
    case 'severity-2':
      return { severity: { side, value: 2 } };
    case 'severity-3':
      return { severity: { side, value: 3 } };
    case 'no-severity':
      return { severity: { side, value: null } };
    default:
      return null;
  }
}
