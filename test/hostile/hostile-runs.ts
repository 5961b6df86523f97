import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLibrary } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { defaultSettings } from '../../main/runs/settings.ts';

/** What a file of a run folder may hold after a power cut or in a stranger's library; `null`: it is a folder. */
const contents: readonly (string | Buffer | null)[] = ['', Buffer.alloc(500), '{"state":"training"', '[]', null];

/** Puts runs whose folders are damaged into a new library: 15 of them. */
export function damageRuns(dir: string): void {
  const library = openLibrary(dir);
  const { id: projectId } = createProject(library, 'runs');
  const settings = JSON.stringify({
    ...defaultSettings({ hiddenSize: 64 }),
    keptLayers: 'all',
    provider: 'cpu',
    threads: 1,
  });
  const insert = library.db.prepare(
    'INSERT INTO runs (id, project_id, folder, model_path, objective, settings, snapshot_sha256, ' +
      "labels_head, state, created_at) VALUES (?, ?, ?, '/m', 'safedpo', ?, '', '', 'training', " +
      "'2026-01-01T00:00:00.000Z')",
  );
  for (const name of ['status.json', 'run.json', 'engine.log']) {
    for (const [index, content] of contents.entries()) {
      const id = `${name.replace('.', '-')}-${index}`;
      const folder = join(dir, 'runs', id);
      mkdirSync(folder, { recursive: true });
      if (name !== 'run.json') writeFileSync(join(folder, 'run.json'), '{}');
      if (content === null) mkdirSync(join(folder, name));
      else writeFileSync(join(folder, name), content);
      insert.run(id, projectId, join('runs', id), settings);
    }
  }
  library.close();
}
