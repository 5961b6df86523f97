/** A field of an object and its number. */
const member = /"([^"\\]*)"(\s*:\s*)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}])/g;

/**
 * `json` with the numbers that stand under the same field with the same value in the JSON text `source` spelled as
 * they are there. JavaScript writes 30.0 as 30, which readers that tell whole numbers from fractions refuse
 * (transformers 5), and 20 digits as 1e+20.
 */
export function spelledAs(source: string, json: string): string {
  const key = (field: string, number: string): string => `${field} ${Number(number)}`;
  const spellings = new Map(
    Array.from(source.matchAll(member), ([, field = '', , number = '']) => [key(field, number), number] as const),
  );
  return json.replace(
    member,
    (_, field: string, colon: string, number: string) =>
      `"${field}"${colon}${spellings.get(key(field, number)) ?? number}`,
  );
}
