import type { Handlers } from '../../preload/contract/contract.ts';
import type { ReviewFilter } from '../../preload/contract/review-filter.ts';
import { blindRows } from '../review/opinions/blind.ts';
import { readAhead } from '../review/index/current-columns.ts';
import { filterBlind, type FilteredPairs, filterPairs } from '../review/index/filter-pairs.ts';
import { formatQuery, parseQuery } from '../review/index/query-language.ts';
import { reviewRows } from '../review/index/rows.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';
import { pairDetail } from '../review/index/pair-detail.ts';
import type { AskedPairs } from '../../preload/contract/operations/review.ts';

/** Rows that come with the pairs found: enough for any window, the list asks for the rest as it scrolls. */
const firstRows = 60;

/** The handlers that find pairs, and read rows of them. */
export function findPairsHandlers({
  library,
  background,
}: Pick<HandlerContext, 'library' | 'background'>): Pick<Handlers['review'], 'find' | 'filter' | 'count' | 'rows'> {
  const reviewer = (): string => readAppSettings(library).reviewerName;
  const matching = (projectId: number, filter: ReviewFilter, blind: boolean): FilteredPairs =>
    blind ? filterBlind(library, projectId, filter, reviewer()) : filterPairs(library, projectId, filter);
  const rows = (projectId: number, pairIds: readonly number[], blind: boolean) => {
    const open = reviewRows(library, projectId, pairIds);
    return blind ? blindRows(library, projectId, reviewer(), open) : open;
  };
  return {
    async find({ projectId, asked, blind }) {
      const filter = filterOf(asked);
      // In slices: the page's other calls are answered meanwhile.
      await readAhead(library, projectId, background.signal);
      const { ids, facets } = matching(projectId, filter, blind);
      const [first] = ids;
      return {
        query: 'query' in asked ? asked.query : formatQuery(filter),
        filter,
        total: ids.length,
        ids: encodeIds(ids),
        facets,
        rows: rows(projectId, [...ids.subarray(0, firstRows)], blind),
        first: first === undefined ? null : pairDetail(library, projectId, first, blind ? reviewer() : null),
      };
    },
    async filter({ projectId, filter, blind }) {
      await readAhead(library, projectId, background.signal);
      const { ids, facets } = matching(projectId, filter, blind);
      return { total: ids.length, ids: encodeIds(ids), facets };
    },
    count({ projectId, asked, blind }) {
      const { ids, facets } = matching(projectId, filterOf(asked), blind);
      return { total: ids.length, facets };
    },
    rows: ({ projectId, pairIds, blind }) => rows(projectId, pairIds, blind),
  };
}

function filterOf(asked: AskedPairs): ReviewFilter {
  return 'query' in asked ? parseQuery(asked.query) : asked.filter;
}

function encodeIds(ids: Int32Array): string {
  return Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('base64');
}
