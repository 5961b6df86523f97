import { badInput } from '../failure.ts';

/** The refusal of a config.json whose numbers do not fit each other; `where` is the file, or an object in it. */
export function numbersImpossible(
  where: string,
  reason: string,
  details: { readonly [name: string]: number | string } = {},
): Error {
  return badInput(
    'config-numbers-impossible',
    `${where}: ${reason}. Correct it, or get the file again from where the model came from.`,
    { file: where, ...details },
  );
}

/** Throws `config-numbers-impossible` where a list of something for each layer has not one entry per layer. */
export function requireEntryPerLayer(field: string, entries: readonly unknown[], layers: number, file: string): void {
  if (entries.length !== layers)
    throw numbersImpossible(file, `${field} has ${entries.length} entries for ${layers} layers`, { field });
}
