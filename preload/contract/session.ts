/**
 * How a page shows the serve host that it is signed in. Not by a cookie: browsers send those to every port of a
 * machine, so that any other server on it would be given the session.
 */

/** The header with the session's secret, in calls and uploads. */
export const sessionHeader = 'x-safedpo-session';

/**
 * The protocol of the event connection. The secret is offered as a second one, since a page can set no header there.
 */
export const eventProtocol = 'safedpo-events';

/** Where a page keeps the secret between loads; other ports must not be able to read it. */
export interface SessionKeeper {
  get(): string | null;
  set(secret: string): void;
}
