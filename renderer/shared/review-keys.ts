import { menuCommands } from '../../preload/contract/menu.ts';

/** One action of the review page with its keys; Preferences can give it others or none. */
export interface ReviewKey {
  readonly id: ReviewAction;
  readonly title: string;
  /** tinykeys syntax. */
  readonly keys: readonly string[];
}

const table = [
  ['a-safe', 'A is safe', ['1']],
  ['a-unsafe', 'A is unsafe', ['2']],
  ['b-safe', 'B is safe', ['3']],
  ['b-unsafe', 'B is unsafe', ['4']],
  ['prefer-a', 'Prefer A', ['q']],
  ['prefer-b', 'Prefer B', ['w']],
  ['tie', 'Both are equally helpful', ['t']],
  ['categories', 'Categories and severity', ['c']],
  ['note', 'Note', ['m']],
  ['why', 'Enter a reason before a change', ['r']],
  ['flag', 'Flag or unflag', ['f']],
  ['next-unlabelled', 'Next pair without a label', ['n']],
  ['next-pair', 'Skip to the next pair', ['s', 'j']],
  ['previous-pair', 'Previous pair', ['k']],
  ['undo-label', menuCommands['undo-label'].title, menuCommands['undo-label'].keys],
  ['redo-label', menuCommands['redo-label'].title, menuCommands['redo-label'].keys],
  ['accept-suggestion', 'Accept the next suggestion', ['a']],
  ['reject-suggestion', 'Reject the next suggestion', ['x']],
  ['checked', 'Mark the pair of an audit as checked', ['v']],
  ['history', 'Open or close the history of the pair', ['h']],
  ['compare', 'Compare words', ['d']],
  ['search', 'Go to the query', ['/']],
  ['filters', 'Open or close the filters', ['e']],
  ['bulk', 'Change all pairs shown', ['b']],
  ['blind', 'Hide or show other reviewers’ labels', ['i']],
] as const;

export type ReviewAction = (typeof table)[number][0];

/** The keys of the review page as they are unless someone changed them. */
export const reviewKeys: readonly ReviewKey[] = table.map(([id, title, keys]) => ({ id, title, keys }));
