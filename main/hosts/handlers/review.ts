import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function reviewHandlers(): Handlers['review'] {
  return {
    counts: notAvailable('review.counts'),
    countsFeed: notAvailable('review.countsFeed'),
    page: notAvailable('review.page'),
    ids: notAvailable('review.ids'),
    rows: notAvailable('review.rows'),
    pair: notAvailable('review.pair'),
    categories: notAvailable('review.categories'),
    label: notAvailable('review.label'),
    undo: notAvailable('review.undo'),
    redo: notAvailable('review.redo'),
    history: notAvailable('review.history'),
  };
}
