import type { TextDocument } from '../../preload/contract/views.ts';
import { diagnose } from '../providers/doctor.ts';
import { libraryFacts } from '../diagnostics/library-facts.ts';
import { listRuns, type RunRecord } from '../runs/runs.ts';
import { redactLog, withoutPaths } from '../diagnostics/redact.ts';
import { aboutApp } from './about.ts';
import { readAppSettings } from '../library/app-settings.ts';
import type { HandlerContext } from './context.ts';

const runLimit = 20;

/**
 * What a report of a defect needs. Every part is chosen by name, so that nothing of the person's comes along unseen.
 */
export async function diagnosticsDocument(context: HandlerContext): Promise<TextDocument> {
  const { library } = context;
  const madeAt = new Date().toISOString();
  const { version, host, platform, versions } = aboutApp(context);
  const { theme, singleKeyShortcuts, checkpointsKept } = readAppSettings(library);
  const report = {
    madeAt,
    app: { version, host, platform, versions },
    settings: { theme, singleKeyShortcuts, checkpointsKept },
    machine: await machineFacts(),
    library: libraryFacts(library),
    runs: listRuns(library).slice(0, runLimit).map(runFacts),
    log: redactLog(context.recentLog()),
  };
  return {
    fileName: `safedpo-diagnostics-${madeAt.slice(0, 10)}.json`,
    mediaType: 'application/json',
    text: `${JSON.stringify(report, null, 2)}\n`,
  };
}

async function machineFacts() {
  const { cpu, memoryBytes, freeMemoryBytes, gpus, preferred, providers, libraries, runtime } = await diagnose();
  return {
    cpu,
    memoryBytes,
    freeMemoryBytes,
    gpus,
    preferred,
    providers: providers.map(({ name, usable, reason }) => ({
      name,
      usable,
      reason: reason === null ? null : withoutPaths(reason),
    })),
    libraries: libraries.map(({ name, location }) => ({ name, found: location !== null })),
    runtime: runtime.version,
  };
}

function runFacts({ id, state, step, steps, startedAt, finishedAt, failure, settings }: RunRecord) {
  return { id, state, step, steps, startedAt, finishedAt, failure: failure?.code ?? null, settings };
}
