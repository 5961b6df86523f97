import { setTimeout as wait } from 'node:timers/promises';

const waitMilliseconds = 500;
const mostWaiting = 4;

/**
 * Slows guessing: whoever failed waits before hearing so, and only some wait at a time. A right answer never waits. The
 * returned function resolves with whether it waited; `false` at once where too many do.
 */
export function slowFailures(): () => Promise<boolean> {
  let waiting = 0;
  return async () => {
    if (waiting >= mostWaiting) return false;
    waiting += 1;
    await wait(waitMilliseconds);
    waiting -= 1;
    return true;
  };
}
