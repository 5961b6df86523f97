/**
 * Which rows of a list of fixed row height are mounted. The active row always is, so that `aria-activedescendant` stays
 * valid.
 */
export function mountedRows(
  view: { scrollTop: number; height: number; rowHeight: number; count: number; active: number },
  overscan = 8,
): number[] {
  const first = Math.max(0, Math.floor(view.scrollTop / view.rowHeight) - overscan);
  const last = Math.min(view.count - 1, Math.ceil((view.scrollTop + view.height) / view.rowHeight) + overscan);
  const rows = Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
  if (view.active < 0 || view.active >= view.count) return rows;
  if (view.active < first) return [view.active, ...rows];
  return view.active > last ? [...rows, view.active] : rows;
}

/** The scroll position that brings a row into view with the least movement. */
export function scrollToRow(view: { scrollTop: number; height: number; rowHeight: number }, row: number): number {
  const top = row * view.rowHeight;
  if (top < view.scrollTop) return top;
  const bottom = top + view.rowHeight;
  return bottom > view.scrollTop + view.height ? bottom - view.height : view.scrollTop;
}

/** The row a navigation key leads to, or null for a key that is not one. */
export function rowForKey(key: string, active: number, count: number, pageRows: number): number | null {
  const last = count - 1;
  const targets: { readonly [key: string]: number } = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + pageRows,
    PageUp: active - pageRows,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  return target === undefined ? null : Math.max(0, Math.min(last, target));
}
