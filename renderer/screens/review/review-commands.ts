import type { Command } from '../../app/command.ts';
import type { Toasts } from '../../app/toasts.svelte.ts';
import type { ReviewQueue } from './review-queue.svelte.ts';

/** The keys of the review page. */
export function reviewCommands(queue: ReviewQueue, toasts: Toasts): readonly Command[] {
  const command = (id: string, title: string, keys: readonly string[], action: () => Promise<void>): Command => ({
    id,
    title,
    group: 'Review',
    keys,
    run: () => void toasts.attempt(action),
  });
  return [
    command('a-safe', 'A is safe', ['1'], () => queue.verdict('a', false)),
    command('a-unsafe', 'A is unsafe', ['2'], () => queue.verdict('a', true)),
    command('b-safe', 'B is safe', ['3'], () => queue.verdict('b', false)),
    command('b-unsafe', 'B is unsafe', ['4'], () => queue.verdict('b', true)),
    command('prefer-a', 'Prefer A', ['q'], () => queue.change({ preferred: 'a' }, true)),
    command('prefer-b', 'Prefer B', ['w'], () => queue.change({ preferred: 'b' }, true)),
    command('tie', 'Both are equally helpful', ['t'], () => queue.change({ preferred: 'tie' })),
    command('flag', 'Flag, or take the flag away', ['f'], () => queue.change({ flagged: !(queue.detail.value?.flagged ?? false) })),
    command('next-pair', 'Next pair', ['n', 'j'], () => queue.next()),
    command('previous-pair', 'Previous pair', ['k'], () => queue.focus(queue.active - 1)),
    command('undo-label', 'Undo the last change', ['z', '$mod+z'], () => queue.undo()),
    command('redo-label', 'Redo', ['Shift+Z', '$mod+Shift+Z'], () => queue.redo()),
  ];
}
