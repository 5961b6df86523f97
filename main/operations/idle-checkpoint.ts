import { writeBack } from '../library/write-back.ts';
import type { HandlerContext } from './context.ts';

const pauseMilliseconds = 300;

/**
 * Gives a function to be called after each write that a key press waits for: once there is a pause, what the
 * write-ahead log holds goes back into the library. Otherwise a write would do it every so often, and take ten times as
 * long.
 */
export function checkpointInPauses({ library }: Pick<HandlerContext, 'library'>): () => void {
  let pause: NodeJS.Timeout | undefined;
  return () => {
    pause = pause?.refresh() ?? setTimeout(() => writeBack(library), pauseMilliseconds).unref();
  };
}
