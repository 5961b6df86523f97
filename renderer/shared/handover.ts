/** Files that one screen gives to the next: dropped on the list of projects, mapped in the data step. */
export class Handover {
  #handles: readonly string[] = [];

  give(handles: readonly string[]): void {
    this.#handles = handles;
  }

  /** What was given, once. */
  take(): readonly string[] {
    const handles = this.#handles;
    this.#handles = [];
    return handles;
  }
}
