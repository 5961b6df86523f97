import type { Library } from './library.ts';

/**
 * Makes something of a library at the first call and keeps it while the library lives: statements prepared once, for
 * what a key press waits for.
 */
export function oncePerLibrary<Made>(make: (library: Library) => Made): (library: Library) => Made {
  const kept = new WeakMap<Library, { readonly made: Made }>();
  return (library) => {
    const known = kept.get(library) ?? { made: make(library) };
    kept.set(library, known);
    return known.made;
  };
}
