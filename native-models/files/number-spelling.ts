/** A string, with the colon after it where it names a field, or a number. */
const token = /"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * `json` with the numbers that stand under the same field with the same value in the JSON text `source`, alone or in a
 * list, spelled as they are there. JavaScript writes 30.0 as 30, which readers that tell whole numbers from fractions
 * refuse (transformers 5), and 20 digits as 1e+20.
 */
export function spelledAs(source: string, json: string): string {
  const spellings = new Map<string, string>();
  const key = (field: string, number: string): string => `${field} ${Number(number)}`;
  respelled(source, (field, number) => {
    spellings.set(key(field, number), number);
    return number;
  });
  return respelled(json, (field, number) => spellings.get(key(field, number)) ?? number);
}

function respelled(json: string, spelling: (field: string, number: string) => string): string {
  let field = '';
  return json.replace(token, (whole: string, text: string | undefined, colon: string | undefined) => {
    if (text === undefined) return spelling(field, whole);
    if (colon !== undefined) field = text;
    return whole;
  });
}
