import type { Client } from '../../preload/contract/client.ts';
import type { AppSettings } from '../../preload/contract/operations/app.ts';

/** The person's own settings: theme, shortcuts, name. Saved as they change. */
export class Preferences {
  value = $state.raw<AppSettings | null>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async load(): Promise<void> {
    this.value = await this.#client.app.settings({});
  }

  async save(change: Partial<AppSettings>): Promise<void> {
    if (this.value === null) return;
    this.value = await this.#client.app.saveSettings({ ...this.value, ...change });
  }
}
