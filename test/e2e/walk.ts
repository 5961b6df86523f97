import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replayLabels } from '../../main/labels/replay.ts';
import { openLibrary } from '../../main/library/library.ts';
import { listProjects } from '../../main/projects/projects.ts';
import { journeys, type Journey } from './journeys.ts';
import { appFolder, type OpenApp } from './open-app.ts';

/** Walks the journeys of these names, or all, each in an app of its own, and says how each went. */
export async function walkJourneys(names: readonly string[], open: () => Promise<OpenApp>): Promise<void> {
  const unknown = names.filter((name) => !journeys.some((journey) => journey.name === name));
  assert.deepEqual(unknown, [], `there are only the journeys ${journeys.map(({ name }) => name).join(', ')}`);
  for (const journey of journeys.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const reason = journey.skipped();
    if (reason !== null) {
      console.log(`SKIPPED ${journey.name}: ${reason}`);
      continue;
    }
    const started = performance.now();
    const sentence = await walk(journey, await open());
    console.log(`passed ${journey.name} in ${Math.round((performance.now() - started) / 1000)} s: ${sentence}`);
  }
}

/** A picture of the page is kept in out/e2e when the journey fails. */
async function walk(journey: Journey, app: OpenApp): Promise<string> {
  const { page, libraryFolder } = app;
  page.setDefaultTimeout(20_000);
  const reports: string[] = [];
  page.on('pageerror', (error) => reports.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) reports.push(message.text());
  });
  try {
    const sentence = await journey.walk(app, journey.handOf(page));
    assert.deepEqual(reports, [], 'no script error and no report of the content security policy');
    checkLabels(libraryFolder);
    return sentence;
  } catch (error) {
    await app.page.screenshot({ path: join(appFolder, `out/e2e/${journey.name}.png`) });
    throw error;
  } finally {
    await endEngines(libraryFolder);
    await app.close();
  }
}

/** `safedpo labels verify` finds the log whole, and the labels of every project are what their log says. */
function checkLabels(libraryFolder: string): void {
  execFileSync(
    process.execPath,
    [join(appFolder, 'main/hosts/cli/safedpo.ts'), 'labels', 'verify', '--library', libraryFolder],
    { stdio: 'pipe' },
  );
  const library = openLibrary(libraryFolder);
  try {
    for (const { id } of listProjects(library))
      assert.deepEqual(replayLabels(library, id), [], 'the labels are what their log says');
  } finally {
    library.close();
  }
}

/** A run survives its app by design; one that a failed journey left behind must not outlive the test. */
async function endEngines(libraryFolder: string): Promise<void> {
  for await (const file of glob('runs/*/status.json', { cwd: libraryFolder })) {
    const { pid, state } = z
      .object({ pid: z.int(), state: z.string() })
      .parse(JSON.parse(await readFile(join(libraryFolder, file), 'utf8')));
    if (!['done', 'stopped', 'failed'].includes(state)) process.kill(pid);
  }
}
