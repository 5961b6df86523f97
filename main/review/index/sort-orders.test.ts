import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SortOrders } from './sort-orders.ts';

const keys = fc.array(
  fc.record({
    length: fc.nat(200_000),
    changed: fc.oneof(fc.constant(0), fc.nat()),
    informative: fc.constantFrom(-1, 0, 0.25, 0.5, 1),
  }),
  { maxLength: 200 },
);

function columnsOf(
  rows: readonly { readonly length: number; readonly changed: number; readonly informative: number }[],
) {
  return {
    ids: Int32Array.from(rows, (_, place) => 10 + place * 3),
    lengths: Int32Array.from(rows, ({ length }) => length),
    changed: Int32Array.from(rows, ({ changed }) => changed),
    informative: Float32Array.from(rows, ({ informative }) => informative),
  };
}

it('orders places by key both ways, equal keys by id', () => {
  fc.assert(
    fc.property(
      keys,
      fc.constantFrom('length' as const, 'changed' as const, 'informative' as const),
      fc.boolean(),
      (rows, by, descending) => {
        const expected = rows
          .map((row, place) => ({ key: row[by], place }))
          .sort(
            (left, right) => (descending ? right.key - left.key : left.key - right.key) || left.place - right.place,
          );
        expect([...(new SortOrders(columnsOf(rows)).of({ by, descending }) ?? [])]).toEqual(
          expected.map(({ place }) => place),
        );
      },
    ),
  );
});

it('keeps an order until its keys change', () => {
  const columns = columnsOf([
    { length: 5, changed: 1, informative: 0 },
    { length: 9, changed: 0, informative: 0 },
  ]);
  const orders = new SortOrders(columns);
  expect([...(orders.of({ by: 'changed', descending: true }) ?? [])]).toEqual([0, 1]);
  columns.changed[1] = 2;
  orders.forget('changed');
  expect([...(orders.of({ by: 'changed', descending: true }) ?? [])]).toEqual([1, 0]);
  expect(orders.of({ by: 'length', descending: true })).toBe(orders.of({ by: 'length', descending: true }));
});
