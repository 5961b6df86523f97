import { describeError } from '../kit/describe-error.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'error';
  readonly code: string | null;
  /** Takes back what was just done. */
  readonly undo: (() => void) | null;
}

const undoSeconds = 12;

/** Short messages at the lower edge. Errors stay until they are closed; deletions offer undo. */
export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;

  done(text: string, undo: (() => void) | null = null): void {
    const toast = this.#add({ text, kind: 'done', code: null, undo });
    setTimeout(() => this.close(toast.id), undoSeconds * 1000);
  }

  failed(error: unknown): void {
    const shown = describeError(error);
    this.#add({ text: shown.message, kind: 'error', code: shown.code, undo: null });
  }

  /** Runs an action; an error becomes a message instead of being lost. Returns whether it went well. */
  async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): Toast {
    const added = { ...toast, id: this.#next };
    this.#next += 1;
    this.list = [...this.list, added].slice(-4);
    return added;
  }
}
