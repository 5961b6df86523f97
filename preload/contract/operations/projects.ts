import { wizardSteps, type WizardStep } from '../../../native-models/vocabulary/lists.ts';
import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { BeforeAfter } from './evaluation.ts';
import type { RunProgress } from './runs.ts';

export interface ProjectSummary {
  readonly id: number;
  readonly name: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly trashedAt: string | null;
  /** Where the person left the wizard. */
  readonly step: WizardStep;
  /** `architecture` is `null` when the model's folder cannot be read now. */
  readonly model: { readonly name: string; readonly architecture: string | null } | null;
  readonly datasets: number;
  readonly pairs: number;
  readonly runs: number;
  readonly lastRun: (Pick<RunProgress, 'name' | 'state' | 'step' | 'steps' | 'epoch'> & { readonly id: string }) | null;
  /** The newest evaluation; `safeShare` is `null` while nothing judged its answers. */
  readonly lastEvaluation: {
    readonly runId: string;
    readonly safeShare: BeforeAfter | null;
    /** The checkpoint, the prompts and how answers were drawn, in a phrase. */
    readonly measuredWith: string;
  } | null;
}

const project = z.strictObject({ projectId: field.projectId });

/** The library home: projects and their state. */
export const projects = {
  list: query<readonly ProjectSummary[]>()(z.strictObject({ trashed: z.boolean() })),
  get: query<ProjectSummary>()(project),
  create: command<ProjectSummary>()(z.strictObject({ name: field.name })),
  rename: command<ProjectSummary>()(project.extend({ name: field.name })),
  /** Remembers where the person is, so that closing loses nothing. */
  saveStep: command<ProjectSummary>()(project.extend({ step: z.enum(wizardSteps) })),
  trash: command<ProjectSummary>()(project),
  restore: command<ProjectSummary>()(project),
  /** Makes (or finds) the project with the bundled tiny model and pairs. */
  openSample: command<ProjectSummary>()(field.nothing),
};
