import { createContext } from 'svelte';
import type { Client } from '../../preload/contract/client.ts';
import type { Activity } from './activity.svelte.ts';
import type { Changes } from './changes.ts';
import type { Host } from './connect.ts';
import type { CommandRegistry } from './commands.svelte.ts';
import type { OpenProject } from './open-project.svelte.ts';
import type { Handover } from './handover.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** What every screen may use. */
export interface Services {
  readonly client: Client;
  readonly host: Host;
  readonly router: Router;
  readonly commands: CommandRegistry;
  readonly toasts: Toasts;
  readonly preferences: Preferences;
  readonly activity: Activity;
  readonly changes: Changes;
  readonly handover: Handover;
}

export const [useServices, provideServices] = createContext<Services>();

/** The open project, for the screens of the wizard. */
export const [useProject, provideProject] = createContext<OpenProject>();
