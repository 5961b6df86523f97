import type { Command } from './command.ts';
import { steps, type Route } from './route.ts';
import type { Services } from './services.ts';

interface Panels {
  readonly palette: () => void;
  readonly help: () => void;
  readonly inspector: () => void;
}

/** The commands that every screen has. Ids that the native menu names too must stay as they are. */
export function appCommands({ router, client, toasts }: Services, projectId: () => number | null, panels: Panels): readonly Command[] {
  const go = (id: string, title: string, route: Route, keys: readonly string[] = []): Command => ({ id, title, group: 'Go to', keys, run: () => router.go(route) });
  const openSample = (): void => {
    void toasts.attempt(async () => {
      const project = await client.projects.openSample({});
      router.go({ screen: 'step', projectId: project.id, step: project.step, runId: null });
    });
  };
  return [
    { id: 'palette', title: 'Show all commands', group: 'App', keys: ['$mod+k'], run: panels.palette },
    { id: 'help', title: 'Show the keys of this screen', group: 'App', keys: ['Shift+?', 'F1'], run: panels.help },
    { id: 'inspector', title: 'Show or hide the notes about this step', group: 'App', keys: ['$mod+i'], when: () => projectId() !== null, run: panels.inspector },
    { id: 'open-sample', title: 'Open the sample project', group: 'Project', keys: [], run: openSample },
    go('home', 'Projects', { screen: 'home' }, ['g h']),
    { id: 'new-project', title: 'New project', group: 'Project', keys: [], run: () => router.go({ screen: 'home' }) },
    go('runs', 'Runs', { screen: 'runs' }, ['g r']),
    go('doctor', 'Doctor', { screen: 'doctor' }, ['g d']),
    go('settings', 'Preferences', { screen: 'preferences' }, ['$mod+,']),
    go('about', 'Help and about', { screen: 'help' }),
    go('offline', 'Proof that nothing leaves this machine', { screen: 'offline' }),
    ...steps.map(
      ({ step, title }, index): Command => ({
        id: `step-${step}`,
        title: `Step ${index + 1}: ${title}`,
        group: 'Go to',
        keys: [`Alt+${index + 1}`],
        when: () => projectId() !== null,
        run: () => {
          const id = projectId();
          if (id !== null) router.go({ screen: 'step', projectId: id, step, runId: null });
        },
      }),
    ),
  ];
}
