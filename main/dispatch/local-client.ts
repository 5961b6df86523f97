import { createClient, type Client } from '../../preload/contract/client.ts';
import { ContractError, unwrap } from '../../preload/contract/errors.ts';
import type { Dispatcher } from './dispatch.ts';

/** The contract within the host's own process: the shell asks the same operations as the page. */
export function createLocalClient(dispatcher: Dispatcher): Client {
  return createClient({
    call: async (operation, input) => unwrap(await dispatcher.call(operation, input)),
    subscribe: (operation, input, listener, failed) =>
      dispatcher.subscribe(operation, input, 0, {
        deliver: listener,
        fail: (error) => failed(new ContractError(error)),
        ready: () => true,
      }),
  });
}
