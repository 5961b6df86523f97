import type { ProjectSummary } from '../../preload/contract/operations/projects.ts';
import type { RunSummary } from '../../preload/contract/operations/runs.ts';
import type { Command } from '../shared/command.ts';
import type { Router } from '../shared/router.svelte.ts';

/** What the library holds, as commands of the palette: every project and every run can be gone to by name. */
export function libraryCommands(
  router: Router,
  projects: readonly ProjectSummary[],
  runs: readonly RunSummary[],
): Command[] {
  return [
    ...projects.map(({ id, name, step }): Command => ({
      id: `project-${id}`,
      title: name,
      group: 'Project',
      keys: [],
      run: () => router.go({ screen: 'step', projectId: id, step, runId: null }),
    })),
    ...runs.map(({ id, name, projectId, projectName }): Command => ({
      id: `run-${id}`,
      title: name,
      group: `Run of ${projectName}`,
      keys: [],
      run: () => router.go({ screen: 'step', projectId, step: 'train', runId: id }),
    })),
  ];
}
