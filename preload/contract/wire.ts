import { z } from 'zod';
import type { Numbered } from './contract.ts';
import type { ErrorView } from './views.ts';

/** Messages of the event connection (WebSocket or IPC). Calls travel apart: POST /api/NAME, or one IPC invocation. */

const subscription = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What a client may send on its event connection. */
export const clientFrame = z.union([
  z.strictObject({
    subscribe: subscription,
    operation: z.string().min(3).max(100),
    input: z.unknown(),
    /** The last number this client saw; 0 on the first subscription. */
    after: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  }),
  z.strictObject({ unsubscribe: subscription }),
]);
export type ClientFrame = z.output<typeof clientFrame>;

/** What the host sends: a batch of events, or the error that ended the subscription. */
export type HostFrame =
  | { readonly subscription: number; readonly events: readonly Numbered<unknown>[] }
  | { readonly subscription: number; readonly error: ErrorView };
