import type { HandlerContext } from './context.ts';

const pauseMilliseconds = 300;

/**
 * Gives a function to be called after each write that a key press waits for: once there is a pause, what the write-ahead
 * log holds goes back into the library. Otherwise a write would do it every so often, and take ten times as long.
 */
export function checkpointInPauses({ library, report }: Pick<HandlerContext, 'library' | 'report'>): () => void {
  const checkpoint = (): void => {
    try {
      if (library.db.open) library.db.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      // Nothing is lost: what could not be written back stays in the log, and the next write tries again.
      report(error, 'writing back the log');
    }
  };
  let pause: NodeJS.Timeout | undefined;
  return () => {
    pause = pause?.refresh() ?? setTimeout(checkpoint, pauseMilliseconds).unref();
  };
}
