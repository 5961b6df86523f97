import type { MenuCommand } from '../../preload/contract/menu.ts';
import type { AppSettings } from '../../preload/contract/operations/app.ts';
import type { FolderListing, PickedFile } from '../../preload/contract/operations/files.ts';
import type { PickPurpose } from '../../preload/contract/pick-purposes.ts';
import type { Library } from '../library/library.ts';
import type { PickedFiles } from '../dispatch/picked-files.ts';
import type { Changes } from '../dispatch/changes.ts';
import type { Topic } from '../dispatch/topic.ts';
import type { Background } from './background.ts';

/** What only the desktop app can do. */
export interface Desktop {
  choose(purpose: PickPurpose): Promise<readonly PickedFile[]>;
  openFolder(path: string): Promise<void>;
  readonly menu: Topic<MenuCommand>;
  /** The theme of the window's frame, menus and dialogs. */
  setTheme(theme: AppSettings['theme']): void;
}

/** The file dialog of a page in a browser. */
export interface FolderLister {
  roots(): readonly PickedFile[];
  list(folder: string): FolderListing;
}

/** Goes from the library that is open to another, for every page. */
export interface LibrarySwitch {
  /** Whether this start named its library, by --library or SAFEDPO_LIBRARY: the next one will, too. */
  readonly namedAtStart: boolean;
  /**
   * Opens the library in `folder` in place of this one and keeps the choice. At once: nothing of the old one is changed
   * afterwards. Throws what `openLibraryAlone` throws, and then nothing has changed.
   */
  reopen(folder: string): void;
  /**
   * Closes the library, puts a backup in the place of its database, and opens it again. Throws what `restoreBackup`
   * throws, and then nothing has changed.
   */
  restore(backup: string): Promise<void>;
}

/** What the handlers stand on. Exactly one of `desktop` and `folders` is there, by host. */
export interface HandlerContext {
  readonly library: Library;
  readonly libraries: LibrarySwitch;
  readonly pickedFiles: PickedFiles;
  readonly background: Background;
  readonly changes: Changes;
  readonly desktop: Desktop | null;
  readonly folders: FolderLister | null;
  /** The checkout or the packaged app's resources: where docs/errors.md and the licences lie. */
  readonly appFolder: string;
  /** Hears errors that are not `Failure`s: bugs, to be logged with their stack. */
  report(error: unknown, where: string): void;
  /** The newest lines of what `report` wrote, oldest first. */
  recentLog(): readonly string[];
}
