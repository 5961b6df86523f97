import type { Command } from '../../../shared/command.ts';
import type { Toasts } from '../../../shared/toasts.svelte.ts';
import { reviewKeys, type ReviewAction } from '../../../shared/review-keys.ts';
import type { ReviewQueue } from './review-queue.svelte.ts';

/** What the keys open or close on the page itself. */
export type PanelAction = Extract<
  ReviewAction,
  | 'categories'
  | 'note'
  | 'why'
  | 'history'
  | 'compare'
  | 'search'
  | 'filters'
  | 'bulk'
  | 'accept-suggestion'
  | 'reject-suggestion'
>;

/** The commands of the review page. */
export function reviewCommands(
  queue: ReviewQueue,
  toasts: Toasts,
  panels: { readonly [action in PanelAction]: () => void },
): readonly Command[] {
  const actions: { readonly [action in Exclude<ReviewAction, PanelAction>]: () => Promise<void> } = {
    'a-safe': () => queue.verdict('a', false),
    'a-unsafe': () => queue.verdict('a', true),
    'b-safe': () => queue.verdict('b', false),
    'b-unsafe': () => queue.verdict('b', true),
    'prefer-a': () => queue.change({ preferred: 'a' }, true),
    'prefer-b': () => queue.change({ preferred: 'b' }, true),
    tie: () => queue.change({ preferred: 'tie' }, true),
    flag: () => queue.change({ flagged: !(queue.detail.value?.flagged ?? false) }),
    'next-unlabelled': () => queue.nextUnlabelled(),
    'next-pair': () => queue.focus(queue.active + 1),
    'previous-pair': () => queue.focus(queue.active - 1),
    'undo-label': () => queue.undo(),
    'redo-label': () => queue.redo(),
    checked: () => queue.checked(),
    blind: () => queue.setBlind(!queue.blind),
  };
  const runOf = (id: ReviewAction): (() => void) => {
    if (!isPanelAction(id)) return () => void toasts.attempt(() => queue.inTurn(actions[id]));
    // What opens a panel on the pair waits for the pair.
    return id === 'search' || id === 'filters'
      ? panels[id]
      : () => void toasts.attempt(() => queue.inTurn(async () => panels[id]()));
  };
  return reviewKeys.map(({ id, title, keys }) => ({ id, title, group: 'Review', keys, run: runOf(id) }));

  function isPanelAction(id: ReviewAction): id is PanelAction {
    return id in panels;
  }
}
