import type { Client } from '../../../preload/contract/client.ts';
import type { LibraryTargetView, LibraryView } from '../../../preload/contract/operations/library.ts';
import type { PickedFile } from '../../../preload/contract/operations/files.ts';
import type { TaskProgress } from '../../../preload/contract/views.ts';
import { FollowedTask } from '../../shared/followed-task.svelte.ts';
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
  /** The copy under way; when it is done, the host makes this page load again from it. */
  readonly task: FollowedTask<TaskProgress>;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    this.task = new FollowedTask(client, client.library.copyFeed, () => this.load());
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

  /** Does what was asked. */
  async answer(): Promise<void> {
    const { question } = this;
    this.question = null;
    if (question === null) return;
    if (question.way === 'open') await this.#client.library.open({ folder: question.handle });
    else this.task.follow((await this.#client.library.copy({ folder: question.handle })).taskId);
  }
}
