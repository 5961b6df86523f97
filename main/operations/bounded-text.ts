/** What one reply to a page may hold. */
const mostCharacters = 50_000_000;

/** The pieces as one text; throws what `tooLarge` makes where a reply cannot hold them. */
export function boundedText(pieces: Iterable<string>, tooLarge: (megabytes: number) => Error): string {
  const kept: string[] = [];
  let characters = 0;
  for (const piece of pieces) {
    characters += piece.length;
    if (characters > mostCharacters) throw tooLarge(mostCharacters / 1e6);
    kept.push(piece);
  }
  return kept.join('');
}
