import { mount } from 'svelte';
import { createClient } from '../../preload/contract/client.ts';
import { Activity } from '../shared/activity.svelte.ts';
import App from './App.svelte';
import { Changes } from '../shared/changes.ts';
import { CommandRegistry } from '../shared/commands.svelte.ts';
import { Handover } from '../shared/handover.ts';
import type { Host } from '../shared/connect.ts';
import { Preferences } from '../shared/preferences.svelte.ts';
import { Router } from '../shared/router.svelte.ts';
import StartFailure from './StartFailure.svelte';
import { Toasts } from '../shared/toasts.svelte.ts';
import '../style/tokens.css';
import '../style/base.css';
import '../style/controls.css';
import '../style/layout.css';

/** Shows why the app cannot start, instead of an empty page. */
export function showFailure(error: unknown): void {
  mount(StartFailure, { target: root(), props: { error } });
}

/** Shows the app in the page, over the given way to a host. */
export function startApp(host: Host): void {
  const client = createClient(host.transport);
  const activity = new Activity(client);
  const changes = new Changes(client);
  host.onconnection((connection) => {
    if (connection === 'open' && activity.connection === 'lost') changes.missed();
    activity.connection = connection;
  });
  mount(App, {
    target: root(),
    props: {
      services: {
        client,
        host,
        router: new Router(),
        commands: new CommandRegistry(),
        toasts: new Toasts(),
        preferences: new Preferences(client),
        activity,
        changes,
        handover: new Handover(),
      },
    },
  });
}

function root(): HTMLElement {
  const element = document.getElementById('app');
  if (element === null) throw new Error('The page has no element with the id "app".');
  return element;
}
