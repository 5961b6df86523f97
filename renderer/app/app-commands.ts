import { menuCommands, type MenuCommand } from '../../preload/contract/menu.ts';
import type { Command } from '../shared/command.ts';
import { steps, type Route } from '../shared/route.ts';
import type { Services } from '../shared/services.ts';

interface Panels {
  readonly palette: () => void;
  readonly help: () => void;
  readonly inspector: () => void;
}

/** Commands of the native menu that belong to one screen, which registers them. */
type ScreenCommand = 'undo-label' | 'redo-label';

/** The commands that every screen has. A command of the native menu that is missing here does not compile. */
export function appCommands(
  { router, client, toasts }: Services,
  projectId: () => number | null,
  panels: Panels,
): readonly Command[] {
  const go = (route: Route) => (): void => router.go(route);
  const openSample = (): void => {
    void toasts.attempt(async () => {
      const project = await client.projects.openSample({});
      router.go({ screen: 'step', projectId: project.id, step: project.step, runId: null });
    });
  };
  const ofMenu: { readonly [Id in Exclude<MenuCommand, ScreenCommand>]: Omit<Command, 'id'> } = {
    palette: { ...menuCommands.palette, group: 'App', run: panels.palette },
    help: { ...menuCommands.help, group: 'App', run: panels.help },
    'open-sample': { ...menuCommands['open-sample'], group: 'Project', run: openSample },
    'new-project': { ...menuCommands['new-project'], group: 'Project', run: go({ screen: 'home' }) },
    home: { ...menuCommands.home, group: 'Go to', run: go({ screen: 'home' }) },
    runs: { ...menuCommands.runs, group: 'Go to', run: go({ screen: 'runs' }) },
    doctor: { ...menuCommands.doctor, group: 'Go to', run: go({ screen: 'doctor' }) },
    settings: { ...menuCommands.settings, group: 'Go to', run: go({ screen: 'preferences' }) },
    about: { ...menuCommands.about, group: 'Go to', run: go({ screen: 'help' }) },
  };
  return [
    ...Object.entries(ofMenu).map(([id, command]): Command => ({ id, ...command })),
    {
      id: 'inspector',
      title: 'Show or hide the notes about this step',
      group: 'App',
      keys: ['$mod+i'],
      when: () => projectId() !== null,
      run: panels.inspector,
    },
    { id: 'trash', title: 'Trash', group: 'Go to', keys: ['g t'], run: go({ screen: 'trash' }) },
    {
      id: 'offline',
      title: 'Proof that nothing leaves this machine',
      group: 'Go to',
      keys: [],
      run: go({ screen: 'offline' }),
    },
    ...steps.map(({ step, title }, index): Command => ({
      id: `step-${step}`,
      title: `Step ${index + 1}: ${title}`,
      group: 'Go to',
      keys: [`Alt+${index + 1}`],
      when: () => projectId() !== null,
      run: () => {
        const id = projectId();
        if (id !== null) router.go({ screen: 'step', projectId: id, step, runId: null });
      },
    })),
  ];
}
