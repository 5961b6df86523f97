import { z } from 'zod';
import type { Change } from '../changes.ts';
import * as field from '../fields.ts';
import type { MenuCommand } from '../menu.ts';
import { command, query, stream } from '../operation.ts';
import type { TextDocument } from '../views.ts';

/** Several times the actions there are. */
const mostShortcuts = 200;

export const appSettings = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  singleKeyShortcuts: z.boolean(),
  /** Keys of actions that were given others, by the action's id; an empty list switches the keys off. */
  shortcuts: z
    .record(z.string().max(60), z.array(z.string().min(1).max(40)).max(4))
    .refine((shortcuts) => Object.keys(shortcuts).length <= mostShortcuts, `at most ${mostShortcuts} actions`),
  reviewerName: z.string().trim().min(1).max(80),
  checkpointsKept: z.int().min(1).max(100),
  notifyWhenRunEnds: z.boolean(),
});
export type AppSettings = z.output<typeof appSettings>;

export interface AboutView {
  readonly version: string;
  readonly host: 'electron' | 'serve';
  readonly platform: string;
  readonly libraryFolder: string;
  /** Why nothing can be changed in the library, in a sentence; null when everything can. */
  readonly libraryReadOnly: string | null;
  readonly versions: { readonly [part: string]: string };
  readonly licences: readonly { readonly name: string; readonly licence: string }[];
}

/** A line of docs/errors.md. */
export interface ErrorHelp {
  readonly code: string;
  readonly meaning: string;
  readonly whatToDo: string;
}

export const app = {
  about: query<AboutView>()(field.nothing),
  settings: query<AppSettings>()(field.nothing),
  saveSettings: command<AppSettings>()(appSettings),
  errors: query<readonly ErrorHelp[]>()(field.nothing),
  /** The licences of the parts that others made, in full. */
  notices: query<TextDocument>()(field.nothing),
  /**
   * What a report of a defect needs, for the person to read and to pass on: no path, name, text or secret of theirs is
   * in it.
   */
  diagnostics: query<TextDocument>()(field.nothing),
  /** Sent when a menu item is chosen; the serve host has no menu and sends none. */
  menuFeed: stream<MenuCommand>('all')(field.nothing),
  /**
   * Says after each command, from whatever page, what part it changed, and when work of a part has ended: pages then
   * read it again.
   */
  changesFeed: stream<Change>('all')(field.nothing),
};
