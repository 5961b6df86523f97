import type { Toasts } from './toasts.svelte.ts';

/** Something that is done at once and can be taken back: undo instead of "are you sure?". */
export interface Undoable {
  readonly run: () => Promise<unknown>;
  readonly undo: () => Promise<unknown>;
  /** What the message says once it is done. */
  readonly done: string;
  /** Reads again what changed, both ways. */
  readonly changed: () => Promise<void>;
}

/** Does it and offers to take it back; errors become messages. */
export async function doUndoably(toasts: Toasts, { run, undo, done, changed }: Undoable): Promise<void> {
  await toasts.attempt(async () => {
    await run();
    await changed();
    toasts.done(done, () => {
      void toasts.attempt(async () => {
        await undo();
        await changed();
      });
    });
  });
}
