import type { Client } from '../../../preload/contract/client.ts';
import type { LibraryTargetView, LibraryView } from '../../../preload/contract/operations/library.ts';
import type { PickedFile } from '../../../preload/contract/operations/files.ts';
import type { TaskProgress } from '../../../preload/contract/views.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';

export type LibraryWay = 'open' | 'copy';

/** What a person is asked before it is done. */
export interface LibraryQuestion {
  readonly way: LibraryWay;
  readonly handle: string;
  readonly target: LibraryTargetView;
}

/** The library's folder, and the ways to another one. When one is opened, the host makes every page load again. */
export class LibraryMove {
  readonly view = new Loaded<LibraryView>();
  question = $state.raw<LibraryQuestion | null>(null);
  copying = $state.raw<{ readonly taskId: string; readonly progress: TaskProgress | null } | null>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async load(): Promise<void> {
    await this.view.load(() => this.#client.library.describe({}));
  }

  async ask(way: LibraryWay, [picked]: readonly PickedFile[]): Promise<void> {
    if (picked === undefined) return;
    this.question = {
      way,
      handle: picked.handle,
      target: await this.#client.library.target({ folder: picked.handle }),
    };
  }

  /** Does what was asked; `failed` hears a copy that fails later. */
  async answer(failed: (error: unknown) => void): Promise<void> {
    const { question } = this;
    this.question = null;
    if (question === null) return;
    if (question.way === 'open') await this.#client.library.open({ folder: question.handle });
    else this.#follow((await this.#client.library.copy({ folder: question.handle })).taskId, failed);
  }

  async stop(): Promise<void> {
    if (this.copying !== null) await this.#client.tasks.stop({ taskId: this.copying.taskId });
  }

  #follow(taskId: string, failed: (error: unknown) => void): void {
    this.copying = { taskId, progress: null };
    const leave = this.#client.library.copyFeed(
      { taskId },
      {
        next: (progress) => {
          const rests = progress.state !== 'running';
          this.copying = rests ? null : { taskId, progress };
          if (!rests) return;
          leave();
          if (progress.error !== null) failed(progress.error);
          void this.load();
        },
        // The page is about to load again from the copy.
        error: () => (this.copying = null),
      },
    );
  }
}
