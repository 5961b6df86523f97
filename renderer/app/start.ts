import { mount } from 'svelte';
import { createClient } from '../../preload/contract/client.ts';
import { Activity } from './activity.svelte.ts';
import App from './App.svelte';
import { CommandRegistry } from './commands.svelte.ts';
import type { Host } from './connect.ts';
import { Preferences } from './preferences.svelte.ts';
import { Router } from './router.svelte.ts';
import { Toasts } from './toasts.svelte.ts';
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import '../style/layout.css';

/** Shows the app in the page, over the given way to a host. */
export function startApp(host: Host): void {
  const target = document.getElementById('app');
  if (target === null) throw new Error('The page has no element with the id "app".');
  const client = createClient(host.transport);
  mount(App, {
    target,
    props: {
      services: {
        client,
        host,
        router: new Router(),
        commands: new CommandRegistry(),
        toasts: new Toasts(),
        preferences: new Preferences(client),
        activity: new Activity(client),
      },
    },
  });
}
