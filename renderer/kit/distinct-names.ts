/**
 * Names that tell things apart: where several share a name, each gets a number, `trial (2 of 3)`, in the order given.
 */
export function distinctNames(named: readonly { readonly name: string }[]): string[] {
  const counts = Map.groupBy(named, ({ name }) => name);
  const met = new Map<string, number>();
  return named.map(({ name }) => {
    const count = counts.get(name)?.length ?? 1;
    const place = (met.get(name) ?? 0) + 1;
    met.set(name, place);
    return count === 1 ? name : `${name} (${place} of ${count})`;
  });
}
