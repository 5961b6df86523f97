import { z } from 'zod';
import * as field from '../fields.ts';
import { desktopCommand, query } from '../operation.ts';
import { pickPurposes } from '../pick-purposes.ts';

/** A file or folder the person picked. `location` is for reading only: operations take the handle. */
export interface PickedFile {
  readonly handle: string;
  readonly name: string;
  readonly location: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number | null;
}

export interface FolderListing {
  readonly folder: PickedFile;
  readonly parent: PickedFile | null;
  /** Folders first, then files, by name; hidden ones are left out. */
  readonly entries: readonly PickedFile[];
  /** Entries beyond the first 2,000. */
  readonly leftOut: number;
}

/** Choosing files. Electron has native dialogs; the serve host lists the folders that were allowed at its start. */
export const files = {
  /** Opens the system's dialog; an empty list means cancelled. */
  choose: desktopCommand<readonly PickedFile[]>()(z.strictObject({ purpose: z.enum(pickPurposes) })),
  roots: query<readonly PickedFile[]>()(field.nothing),
  list: query<FolderListing>()(z.strictObject({ folder: field.fileHandle })),
};
