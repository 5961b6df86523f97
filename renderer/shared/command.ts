export interface Command {
  /** Stable, e.g. `go-runs`; the native menu names commands by it. */
  readonly id: string;
  readonly title: string;
  /** Heading in the help sheet and the palette. */
  readonly group: string;
  /** tinykeys syntax: `$mod+k`, `1`, `Shift+?`. */
  readonly keys: readonly string[];
  readonly when?: () => boolean;
  readonly run: () => void;
}

/** True for a shortcut without Ctrl, Alt or Meta: it would fire while someone types or dictates. */
export function isSingleKey(keys: string): boolean {
  return !/\$mod|Control|Alt|Meta/.test(keys) && !/^(F\d+|Escape)$/.test(keys);
}

/** A shortcut as people read it: `Ctrl K`. */
export function keyText(keys: string): string {
  return keys
    .replace('$mod', 'Ctrl')
    .replace('Shift+?', '?')
    .split(/[+ ]/)
    .map((key) => (key.length === 1 ? key.toUpperCase() : key))
    .join(' ');
}

/** Commands whose title holds every typed word, best first: matches at the start of the title lead. */
export function searchCommands(commands: readonly Command[], query: string): Command[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matching = commands.filter((command) =>
    words.every((word) => `${command.title} ${command.group}`.toLowerCase().includes(word)),
  );
  const first = words[0] ?? '';
  return matching.toSorted(
    (left, right) =>
      Number(right.title.toLowerCase().startsWith(first)) - Number(left.title.toLowerCase().startsWith(first)),
  );
}
