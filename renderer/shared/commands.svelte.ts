import { untrack } from 'svelte';
import { createKeybindingsHandler } from 'tinykeys';
import { isSingleKey, type Command } from './command.ts';

/** Every action of the app, once: the palette, the shortcuts, the help sheet and the native menu read it. */
export class CommandRegistry {
  #groups = $state.raw<readonly (readonly Command[])[]>([]);
  /** WCAG 2.1.4: shortcuts of one printable key can be switched off. */
  singleKeys = $state(true);
  /** Other keys for some commands, by id; an empty list switches the keys off. */
  shortcuts = $state.raw<{ readonly [id: string]: readonly string[] }>({});

  readonly all: readonly Command[] = $derived(
    this.#groups.flat().map((command) => ({ ...command, keys: this.shortcuts[command.id] ?? command.keys })),
  );

  get available(): readonly Command[] {
    return this.all.filter((command) => command.when?.() ?? true);
  }

  /** Adds commands for as long as their screen is shown; returns the function that takes them away. */
  register(commands: readonly Command[]): () => void {
    const change = (next: (groups: readonly (readonly Command[])[]) => readonly (readonly Command[])[]): void => {
      // An effect that registers must not depend on what is registered.
      this.#groups = next(untrack(() => this.#groups));
    };
    change((groups) => [...groups, commands]);
    return () => change((groups) => groups.filter((group) => group !== commands));
  }

  run(id: string): void {
    this.available.find((command) => command.id === id)?.run();
  }

  /**
   * Handles the keys of every command; returns the function that stops it. Call it inside an effect: it follows the
   * registry.
   */
  listen(): () => void {
    const bindings = Object.fromEntries(
      this.all.flatMap((command) =>
        command.keys.map((keys) => [keys, (event: KeyboardEvent) => this.#press(command, keys, event)] as const),
      ),
    );
    const handler = createKeybindingsHandler(bindings, { ignore: () => false });
    addEventListener('keydown', handler);
    return () => removeEventListener('keydown', handler);
  }

  #press(command: Command, keys: string, event: KeyboardEvent): void {
    if (isSingleKey(keys) && (!this.singleKeys || typesText(event.target))) return;
    if (event.defaultPrevented || !(command.when?.() ?? true)) return;
    event.preventDefault();
    command.run();
  }
}

/** True where a printable key belongs to the control or dialog that has the focus. */
function typesText(target: EventTarget | null): boolean {
  // A dialog that was just closed keeps the focus until the next frame; keys pressed by then are not meant for it.
  return (
    target instanceof Element &&
    target.closest('dialog:not([open])') === null &&
    target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog') !== null
  );
}
