import * as field from '../fields.ts';
import { command, query } from '../operation.ts';

/** Something that was moved to the trash and can come back: `projects.restore`, `datasets.restore`, `runs.restore`. */
export interface TrashItem {
  readonly kind: 'project' | 'dataset' | 'run';
  /** Of the project, dataset or run, as text. */
  readonly id: string;
  readonly name: string;
  /** The project a dataset or run belongs to. */
  readonly projectName: string | null;
  readonly trashedAt: string;
  readonly pairs: number;
  readonly runs: number;
  /** Of its run folders: checkpoints, samples, curves. */
  readonly bytes: number;
}

export const trash = {
  list: query<readonly TrashItem[]>()(field.nothing),
  /** Deletes everything in the trash for good; exported folders and the label log stay. */
  empty: command<{ readonly deleted: number }>()(field.nothing),
};
