import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { LabelEdits } from './review.ts';

/** A category of a project's set. A retired one is not offered any more; responses that have it keep it. */
export interface CategoryOfSet {
  readonly name: string;
  readonly retired: boolean;
}

export interface ProjectCategory extends CategoryOfSet {
  /** False for a name that only the data use. */
  readonly inSet: boolean;
  /** Pairs of which a response has it. */
  readonly pairs: number;
  /** For a name from another set, e.g. BeaverTails': the category of PKU-SafeRLHF it stands for. */
  readonly standsFor: string | null;
}

const project = z.strictObject({ projectId: field.projectId });
const name = z.string().trim().min(1).max(100);

export const categoryChange = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('add'), name }),
  z.strictObject({ kind: z.literal('retire'), name, retired: z.boolean() }),
  /** A new name that is in the set already joins the two categories. */
  z.strictObject({
    kind: z.literal('rename'),
    renames: z
      .array(z.strictObject({ from: z.string().min(1).max(1000), to: name }))
      .min(1)
      .max(100),
  }),
]);
export type CategoryChange = z.output<typeof categoryChange>;

/** The harm categories that reviewers of a project choose from. */
export const categories = {
  /** The set in its order, then the names that only the data use, the most frequent first. */
  list: query<readonly ProjectCategory[]>()(project),
  change: command<LabelEdits>()(project.extend({ change: categoryChange, why: z.string().max(1000) })),
};
