/**
 * `node test/bench/import.ts`: imports 30,000 and 300,000 generated PKU-SafeRLHF rows, each in a process of its own,
 * and prints rows per second, the processor time (which other work on the machine does not stretch as much) and the
 * peak resident memory of the whole import. The peak must not grow with the rows. `node test/bench/import.ts FILE`: one
 * import, as JSON.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importDataset } from '../../main/datasets/import.ts';
import { openLibrary } from '../../main/library/library.ts';
import { createProject } from '../../main/projects/projects.ts';
import { writePkuRows } from './pku-rows.ts';

const [file] = process.argv.slice(2);
if (file === undefined) await compare();
else await measure(file);

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'safedpo-bench-'));
  try {
    for (const rows of [30_000, 300_000]) {
      const path = join(folder, `pku-${rows}.jsonl`);
      await writePkuRows(path, rows, 1);
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), path], { encoding: 'utf8' });
      process.stdout.write(output);
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(path: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'safedpo-bench-'));
  const library = openLibrary(folder);
  try {
    const project = createProject(library, 'bench');
    const started = performance.now();
    const { accepted, rejected, duplicates } = await importDataset(library, project.id, path);
    const seconds = (performance.now() - started) / 1000;
    const rows = accepted + rejected + duplicates;
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const cpuSeconds = Number(((userCPUTime + systemCPUTime) / 1e6).toFixed(2));
    console.log(
      JSON.stringify({
        rows,
        accepted,
        megabytes: Math.round(statSync(path).size / 1e6),
        seconds: Number(seconds.toFixed(2)),
        cpuSeconds,
        rowsPerSecond: Math.round(rows / seconds),
        peakMemoryBytes: maxRSS * 1024,
      }),
    );
  } finally {
    library.close();
    rmSync(folder, { recursive: true });
  }
}
