import { expect, test } from 'vitest';
import { mountedRows, rowForKey, scrollToRow } from './virtual-window.ts';

test('mounts the window and its overscan only, at both ends', () => {
  const rows = mountedRows({ scrollTop: 0, height: 400, rowHeight: 40, count: 300_000, active: 0 }, 2);
  expect([rows[0], rows.at(-1)]).toEqual([0, 12]);
  const end = mountedRows(
    { scrollTop: 300_000 * 40 - 400, height: 400, rowHeight: 40, count: 300_000, active: 299_999 },
    2,
  );
  expect([end[0], end.at(-1)]).toEqual([299_988, 299_999]);
});

test('keeps the active row mounted when it is scrolled away', () => {
  expect(mountedRows({ scrollTop: 4000, height: 80, rowHeight: 40, count: 1000, active: 3 }, 0)).toEqual([
    3, 100, 101, 102,
  ]);
  expect(mountedRows({ scrollTop: 0, height: 80, rowHeight: 40, count: 1000, active: 900 }, 0)).toEqual([0, 1, 2, 900]);
  expect(mountedRows({ scrollTop: 0, height: 80, rowHeight: 40, count: 0, active: 0 })).toEqual([]);
});

test('navigation keys stay inside the list', () => {
  expect(
    ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'a'].map((key) => rowForKey(key, 5, 20, 10)),
  ).toEqual([6, 4, 15, 0, 0, 19, null]);
  expect(rowForKey('ArrowDown', 19, 20, 10)).toBe(19);
});

test('scrolls only as far as needed', () => {
  const view = { scrollTop: 400, height: 200, rowHeight: 40 };
  expect([scrollToRow(view, 9), scrollToRow(view, 12), scrollToRow(view, 16)]).toEqual([360, 400, 480]);
});
