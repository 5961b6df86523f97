import { badInput } from '../../native-models/failure.ts';
import { newNumber } from '../library/given-numbers.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';

/** A model with its datasets, labels and runs. Times are ISO 8601 in UTC. */
export interface Project {
  readonly id: number;
  readonly name: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly modelPath: string | null;
  /** Where the person left the wizard. */
  readonly step: string;
  readonly trashedAt: string | null;
}

const columns =
  'id, name, created_at AS createdAt, changed_at AS changedAt, model_path AS modelPath, step, trashed_at AS trashedAt';

/** @throws Failure `project-exists`, `bad-project-name` */
export function createProject(library: Library, name: string): Project {
  return transact(library, () => {
    requireFreeName(library, name);
    const now = new Date().toISOString();
    const id = newNumber(library, 'project');
    library.db
      .prepare('INSERT INTO projects (id, name, created_at, changed_at) VALUES (?, ?, ?, ?)')
      .run(id, name, now, now);
    return getProject(library, id);
  });
}

/** The project of that name, made when there is none. @throws Failure `bad-project-name` */
export function getOrCreateProject(library: Library, name: string): Project {
  return findProject(library, name) ?? createProject(library, name);
}

/** @throws Failure `unknown-project` */
export function getProject(library: Library, projectId: number): Project {
  const project = library.db.prepare<[number], Project>(`SELECT ${columns} FROM projects WHERE id = ?`).get(projectId);
  if (project === undefined)
    throw badInput('unknown-project', `There is no project ${projectId} in the library ${library.dir}.`, {
      project: projectId,
    });
  return project;
}

/** @throws Failure `unknown-project`, which lists the names there are */
export function getProjectByName(library: Library, name: string): Project {
  const project = findProject(library, name);
  if (project !== undefined) return project;
  const names = listProjects(library).map((each) => each.name);
  const known =
    names.length === 0
      ? 'it has no projects yet'
      : `its projects are ${names.map((each) => JSON.stringify(each)).join(', ')}`;
  throw badInput(
    'unknown-project',
    `There is no project ${JSON.stringify(name)} in the library ${library.dir}; ${known}.`,
    { project: name, projects: names },
  );
}

/** The projects of a library by name; those in the trash when `trashed`. */
export function listProjects(library: Library, trashed = false): Project[] {
  return library.db
    .prepare<[number], Project>(`SELECT ${columns} FROM projects WHERE (trashed_at IS NOT NULL) = ? ORDER BY name`)
    .all(Number(trashed));
}

/** @throws Failure `project-exists`, `bad-project-name`, `unknown-project` */
export function renameProject(library: Library, projectId: number, name: string): Project {
  return transact(library, () => {
    if (getProject(library, projectId).name !== name) requireFreeName(library, name);
    return change(library, projectId, 'name', name);
  });
}

/** Attaches the folder of the start model. @throws Failure `unknown-project` */
export function setProjectModel(library: Library, projectId: number, modelPath: string): Project {
  return transact(library, () => change(library, projectId, 'model_path', modelPath));
}

/** Remembers where the person is in the wizard. @throws Failure `unknown-project` */
export function setProjectStep(library: Library, projectId: number, step: string): Project {
  return transact(library, () => change(library, projectId, 'step', step));
}

/** Puts a project into the trash; nothing of it is lost. @throws Failure `unknown-project` */
export function trashProject(library: Library, projectId: number): Project {
  return transact(library, () => change(library, projectId, 'trashed_at', new Date().toISOString()));
}

/**
 * Takes a project out of the trash. @throws Failure `unknown-project`, `project-exists` when its name was given away
 * meanwhile
 */
export function restoreProject(library: Library, projectId: number): Project {
  return transact(library, () => {
    const { name, trashedAt } = getProject(library, projectId);
    if (trashedAt !== null) requireFreeName(library, name);
    return change(library, projectId, 'trashed_at', null);
  });
}

function change(
  library: Library,
  projectId: number,
  column: 'name' | 'model_path' | 'step' | 'trashed_at',
  value: string | null,
): Project {
  library.db
    .prepare(`UPDATE projects SET ${column} = ?, changed_at = ? WHERE id = ?`)
    .run(value, new Date().toISOString(), projectId);
  return getProject(library, projectId);
}

function findProject(library: Library, name: string): Project | undefined {
  return library.db
    .prepare<[string], Project>(`SELECT ${columns} FROM projects WHERE name = ? AND trashed_at IS NULL`)
    .get(name);
}

function requireFreeName(library: Library, name: string): void {
  if (name.trim() === '' || name !== name.trim() || name.length > 120)
    throw badInput(
      'bad-project-name',
      `A project's name has 1 to 120 characters and no white space around it; ${JSON.stringify(name)} does not fit.`,
      { name },
    );
  if (findProject(library, name) !== undefined)
    throw badInput('project-exists', `There is a project ${JSON.stringify(name)} already. Choose another name.`, {
      name,
    });
}

/** The project that was worked on last; `null` where there is none. */
export function lastProject({ db }: Library): number | null {
  const select = 'SELECT id FROM projects WHERE trashed_at IS NULL ORDER BY changed_at DESC LIMIT 1';
  return db.prepare<[], number>(select).pluck().get() ?? null;
}
