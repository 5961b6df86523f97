import { badInput } from '../failure.ts';

/** The refusal of a model with a part that cannot be trained here yet; `part` is named in words. */
export function partMissing(part: string, file: string): Error {
  return badInput(
    'decoder-part-not-supported',
    `${file}: the model needs ${part}, which cannot be trained here yet. Choose another model.`,
    { file, parts: [part] },
  );
}
