import type { Client } from '../../preload/contract/client.ts';
import type { Connection } from '../../preload/contract/http-transport.ts';
import type { HardwareReport } from '../../preload/contract/operations/hardware.ts';
import type { AboutView } from '../../preload/contract/operations/app.ts';
import type { RunningTask } from '../../preload/contract/operations/tasks.ts';

/** What the status bar shows: the device, the work under way, the library. */
export class Activity {
  about = $state.raw<AboutView | null>(null);
  hardware = $state.raw<HardwareReport | null>(null);
  /** All long work, runs included. */
  tasks = $state.raw<readonly RunningTask[]>([]);
  /** How the event connection stands. */
  connection = $state<Connection>('open');
  /** Why the host's answers are missing. */
  error = $state.raw<unknown>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Follows the host; returns the function that stops it. */
  start(): () => void {
    void this.#read();
    const error = (reason: unknown): void => {
      this.error = reason;
    };
    return this.#client.tasks.watch({}, { next: (tasks) => void (this.tasks = tasks), error });
  }

  async #read(): Promise<void> {
    try {
      [this.about, this.hardware] = await Promise.all([this.#client.app.about({}), this.#client.hardware.doctor({})]);
    } catch (error) {
      this.error = error;
    }
  }
}
