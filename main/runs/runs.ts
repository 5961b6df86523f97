import { z } from 'zod';
import { badInput, Failure, type JsonValue } from '../../native-models/failure.ts';
import { storedSettingsSchema } from '../../native-models/protocol/run-folder/job.ts';
import type { TrainDone } from '../../native-models/protocol/run-folder/train-events.ts';
import type { Library } from '../library/library.ts';
import { noRunFolder, runFolderPath } from './run-folder-path.ts';
import { folderProblem, hasLiveEngine } from './run-files.ts';
import { saveRunName } from './run-name.ts';
import { readEvents } from '../../native-models/protocol/run-folder/metrics-reader.ts';
import { type RunStatus, statusOf } from '../../native-models/protocol/run-folder/status.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';

/** A run as the library lists it. */
export interface RunRecord {
  readonly id: string;
  /** The person's name for it, or what its settings say. */
  readonly name: string;
  readonly projectId: number;
  readonly project: string;
  /** Absolute. */
  readonly folder: string;
  readonly modelPath: string;
  readonly objective: string;
  /** `null` where the library's row of the run cannot be read; {@link runSettings} says so. */
  readonly settings: TrainSettings | null;
  readonly snapshotSha256: string;
  readonly labelsHead: string;
  readonly state: RunStatus['state'];
  readonly step: number;
  readonly steps: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly note: string;
  readonly trashedAt: string | null;
}

type RunRow = Omit<RunRecord, 'name' | 'settings' | 'failure'> & {
  readonly name: string | null;
  readonly settings: string;
  readonly failure: string | null;
};

const select = `SELECT runs.id, (SELECT json_extract(value, '$') FROM settings WHERE key = 'run-name/' || runs.id
  AND json_valid(value)) AS name, project_id AS projectId, projects.name AS project, folder,
  runs.model_path AS modelPath, objective, settings,
  snapshot_sha256 AS snapshotSha256, labels_head AS labelsHead,
  state, runs.step, steps, runs.created_at AS createdAt, started_at AS startedAt,
  finished_at AS finishedAt, failure, note, runs.trashed_at AS trashedAt
  FROM runs JOIN projects ON projects.id = project_id`;

/** @throws Failure `unknown-run`, which names the latest runs there are */
export function getRun(library: Library, runId: string): RunRecord {
  const row = library.db.prepare<[string], RunRow>(`${select} WHERE runs.id = ?`).get(runId);
  if (row !== undefined) return parse(library, row);
  const known = listRuns(library)
    .slice(0, 5)
    .map(({ id }) => id);
  throw badInput(
    'unknown-run',
    `There is no run "${runId}" in the library ` +
      `${library.dir}${known.length === 0 ? '; it has no runs yet' : `; the latest are ${known.join(', ')}`}.`,
    { run: runId, runs: known },
  );
}

/** Whether the library has a run of this name. */
export function isRun(library: Library, runId: string): boolean {
  return library.db.prepare('SELECT 1 FROM runs WHERE id = ?').get(runId) !== undefined;
}

/** The runs of a project, or of all; the latest first. Those of a project in the trash are left out. */
export function listRuns(library: Library, projectId: number | null = null, trashed = false): RunRecord[] {
  const rows = library.db
    .prepare<[number | null, number | null, number], RunRow>(
      `${select} WHERE (? IS NULL OR project_id = ?) AND (runs.trashed_at IS NOT NULL) = ? AND ` +
        'projects.trashed_at IS NULL ORDER BY runs.created_at DESC, runs.id DESC',
    )
    .all(projectId, projectId, Number(trashed));
  return rows.map((row) => parse(library, row));
}

/** Gives a run another name. @throws Failure `unknown-run` */
export function renameRun(library: Library, runId: string, name: string): RunRecord {
  const { id } = getRun(library, runId);
  saveRunName(library, id, name);
  return getRun(library, runId);
}

/** Keeps what a person wrote about a run. @throws Failure `unknown-run` */
export function noteRun(library: Library, runId: string, note: string): RunRecord {
  library.db.prepare('UPDATE runs SET note = ? WHERE id = ?').run(note, getRun(library, runId).id);
  return getRun(library, runId);
}

/** Throws `run-row-invalid`. */
export function runSettings({ id, settings }: Pick<RunRecord, 'id' | 'settings'>): TrainSettings {
  if (settings !== null) return settings;
  throw rowInvalid(id);
}

function rowInvalid(runId: string): Failure {
  return badInput(
    'run-row-invalid',
    `The settings that the library keeps of run ${runId} are damaged, so nothing can be done with it. ` +
      'Restore library.sqlite from a copy, or throw the run away.',
    { run: runId },
  );
}

/** What the run folder says now. */
export interface RunStanding {
  /** The engine's last word. */
  readonly status: RunStatus | null;
  /** Whether the engine still works. */
  readonly live: boolean;
  /** What is wrong with the row or the folder. */
  readonly problem: Failure | null;
  /** Whether nothing can be done with the run but throwing it away: its row or its folder is lost. */
  readonly lost: boolean;
}

/** Never throws: one run must not stop what looks at all of them. */
export function runStanding(run: RunRecord): RunStanding {
  const lost = run.settings === null ? rowInvalid(run.id) : folderProblem(run.folder);
  if (lost !== null) return { status: null, live: false, problem: lost, lost: true };
  const { status, problem } = statusOf(run.folder);
  return { status, live: hasLiveEngine(status), problem, lost: false };
}

/** The `done` line of a finished run, or `null`. */
export function runResult(run: RunRecord): TrainDone | null {
  return readEvents(run.folder).findLast((event) => event.event === 'done') ?? null;
}

/** Several runs side by side. */
export interface Comparison {
  /** Only the settings that differ, each with its value by run id. */
  readonly differences: { readonly [setting: string]: { readonly [runId: string]: JsonValue } };
  /** By run id: the `done` line's metrics and held-out preferences. */
  readonly results: { readonly [runId: string]: TrainDone | null };
}

/** @throws Failure `unknown-run`, `compare-same-run` where a run is named twice */
export function compareRuns(library: Library, runIds: readonly string[]): Comparison {
  const twice = runIds.find((id, place) => runIds.indexOf(id) !== place);
  if (twice !== undefined)
    throw badInput('compare-same-run', `Run ${twice} is named twice. Name different runs to compare.`, { run: twice });
  const runs = runIds.map((id) => getRun(library, id));
  const flat = runs.map(({ id, settings, modelPath, snapshotSha256 }) => ({
    id,
    values: new Map(
      Object.entries({ ...flatten(runSettings({ id, settings })), model: modelPath, snapshot: snapshotSha256 }),
    ),
  }));
  const names = [...new Set(flat.flatMap(({ values }) => [...values.keys()]))];
  const differing = names.filter(
    (name) => new Set(flat.map(({ values }) => JSON.stringify(values.get(name)))).size > 1,
  );
  return {
    differences: Object.fromEntries(
      differing.map((name) => [name, Object.fromEntries(flat.map(({ id, values }) => [id, values.get(name) ?? null]))]),
    ),
    results: Object.fromEntries(runs.map((run) => [run.id, runResult(run)])),
  };
}

const failureSchema = z.object({ code: z.string(), message: z.string() });

/** `null` for a text that is not what was stored. */
function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function parse(library: Library, { name, settings, failure, folder, ...rest }: RunRow): RunRecord {
  const place = runFolderPath(library.dir, rest.id, folder);
  return {
    ...rest,
    name: name ?? `${rest.objective} ${rest.createdAt.slice(0, 19).replace('T', ' ')}`,
    folder: place ?? noRunFolder(library.dir),
    settings: place === null ? null : parsed(storedSettingsSchema, settings),
    failure: failure === null ? null : parsed(failureSchema, failure),
  };
}

function flatten({ lora, ...settings }: TrainSettings): { [name: string]: JsonValue } {
  return {
    ...settings,
    loraRank: lora?.rank ?? null,
    loraAlpha: lora?.alpha ?? null,
    loraTargets: lora === null ? null : [...lora.targets],
  };
}
