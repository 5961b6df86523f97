import { describe, expectTypeOf, test } from 'vitest';
import type { Client } from '../../preload/contract/client.ts';
import type { Contract, Handlers } from '../../preload/contract/contract.ts';
import type { fixtureHandlers } from '../e2e/fixture/handlers.ts';
import type { createHandlers } from '../../main/operations/handlers.ts';

/**
 * Checked by the compiler (`npm run check`): the hosts, the page's client and the fixture hold the contract, all of it
 * and nothing else.
 */

type MemberOf<Table> = {
  [Domain in keyof Table]: {
    [Name in keyof Table[Domain]]: `${string & Domain}.${string & Name}`;
  }[keyof Table[Domain]];
}[keyof Table];

describe('one table', () => {
  test('the client and the handlers have the members of the contract', () => {
    expectTypeOf<MemberOf<Client>>().toEqualTypeOf<MemberOf<Contract>>();
    expectTypeOf<MemberOf<ReturnType<typeof createHandlers>>>().toEqualTypeOf<MemberOf<Contract>>();
    expectTypeOf<MemberOf<ReturnType<typeof fixtureHandlers>>>().toEqualTypeOf<MemberOf<Contract>>();
  });

  test('a missing member does not compile', () => {
    expectTypeOf<Omit<Handlers['app'], 'about'>>().not.toExtend<Handlers['app']>();
    expectTypeOf<Omit<Handlers, 'app'>>().not.toExtend<Handlers>();
  });

  test('an extra member does not compile', () => {
    const take = (handlers: Partial<Handlers['files']>): number => Object.keys(handlers).length;
    take({ roots: () => [] });
    // @ts-expect-error -- not in the contract
    take({ roots: () => [], secrets: () => [] });
  });

  test('a wrong input or output does not compile', () => {
    expectTypeOf<(input: { readonly projectId: string }) => null>().not.toExtend<Handlers['projects']['get']>();
    expectTypeOf<() => number>().not.toExtend<Handlers['app']['about']>();
    expectTypeOf<Parameters<Client['projects']['create']>[0]>().toEqualTypeOf<{ name: string }>();
  });
});
