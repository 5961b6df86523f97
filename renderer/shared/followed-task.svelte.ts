import type { Client, Observer } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import type { TaskProgress } from '../../preload/contract/views.ts';

/** Hears the progress of one task until the function that it returns is called. */
export type ProgressFeed<Progress> = (input: { taskId: string }, observer: Observer<Progress>) => Unsubscribe;

/** Long work that a screen follows to its end: its progress, whether it is still running, and why its stream broke. */
export class FollowedTask<Progress extends TaskProgress> {
  /** What was heard last; stays when the work has ended. */
  progress = $state.raw<Progress | null>(null);
  /** Why the stream broke; the work itself may go on, and `again` looks for it. */
  lost = $state.raw<unknown>(null);
  #taskId = $state<string | null>(null);
  #leave: Unsubscribe | null = null;
  readonly #client: Pick<Client, 'tasks'>;
  readonly #feed: ProgressFeed<Progress>;
  readonly #ended: (progress: Progress) => Promise<void>;

  /** `ended` is called once when the work is done, stopped or failed; the work counts as busy until it resolves. */
  constructor(
    client: Pick<Client, 'tasks'>,
    feed: ProgressFeed<Progress>,
    ended: (progress: Progress) => Promise<void>,
  ) {
    this.#client = client;
    this.#feed = feed;
    this.#ended = ended;
  }

  /** Whether the work goes on, as far as is known. */
  get busy(): boolean {
    return this.#taskId !== null && this.lost === null;
  }

  /** Follows a task; nothing changes where it is followed already. */
  follow(taskId: string, progress: Progress | null = null): void {
    if (this.#leave !== null && this.#taskId === taskId) return;
    this.leave();
    this.#taskId = taskId;
    this.progress = progress;
    this.lost = null;
    let over = false;
    const leave = this.#feed(
      { taskId },
      {
        next: (now) => {
          if (over) return;
          this.progress = now;
          if (now.state === 'running') return;
          over = true;
          void this.#end(taskId, now);
        },
        error: (error) => {
          if (over) return;
          over = true;
          this.leave();
          this.lost = error;
        },
      },
    );
    if (over) leave();
    else
      this.#leave = () => {
        over = true;
        leave();
      };
  }

  /** Follows the task whose stream broke once more. */
  again(): void {
    if (this.#taskId !== null) this.follow(this.#taskId, this.progress);
  }

  /** Asks the task to end; its last progress says how it did. */
  async stop(): Promise<void> {
    if (this.#taskId !== null) await this.#client.tasks.stop({ taskId: this.#taskId });
  }

  /** Stops hearing of the task; the work itself goes on. */
  leave(): void {
    this.#leave?.();
    this.#leave = null;
  }

  async #end(taskId: string, progress: Progress): Promise<void> {
    this.leave();
    try {
      await this.#ended(progress);
    } finally {
      if (this.#taskId === taskId && this.#leave === null) this.#taskId = null;
    }
  }
}
