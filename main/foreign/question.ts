import { z } from 'zod';

/** What the reading process can be asked: what goes in, and the pieces of the answer. Both cross as JSON. */
export interface Question<Input, Piece> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly piece: z.ZodType<Piece>;
}

/** Its answer is one of `answers` in main/foreign-process, under the same name. */
export function question<Input, Piece>(
  name: string,
  input: z.ZodType<Input>,
  piece: z.ZodType<Piece>,
): Question<Input, Piece> {
  return { name, input, piece };
}

/** An object that our own code made on the other side: that it is one is all there is to check. */
export function made<Made extends object>(): z.ZodType<Made> {
  return z.custom<Made>((value) => typeof value === 'object' && value !== null);
}
