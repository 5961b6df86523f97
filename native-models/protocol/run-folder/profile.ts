import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../files/atomic-file.ts';

const totals = z.object({ nodes: z.number(), milliseconds: z.number(), share: z.number() });

/** `profile.json` of a run folder: where the time of a step goes. */
export const stepProfile = z.object({
  provider: z.string(),
  precision: z.string(),
  /** Steps that were timed, after one that warms up. */
  steps: z.number(),
  /**
   * The runtime took the graph under `session.disable_cpu_ep_fallback`, so no node of it can run on the CPU; `false`:
   * it did not, and `cpuNodes` says what ran there. `null` where the CPU is the provider.
   */
  cpuNodesForbidden: z.boolean().nullable(),
  runs: z.number(),
  runMilliseconds: z.number(),
  nodeMilliseconds: z.number(),
  parts: z
    .array(
      z.object({
        part: z.string(),
        forwardMilliseconds: z.number(),
        backwardMilliseconds: z.number(),
        share: z.number(),
      }),
    )
    .readonly(),
  operators: z.array(totals.extend({ operator: z.string(), provider: z.string() })).readonly(),
  hostCopies: totals,
  cpuNodes: totals,
});
export type StepProfile = z.output<typeof stepProfile>;

/** Throws `disk-full`, `folder-not-writable`. */
export async function writeProfile(runFolder: string, profile: StepProfile): Promise<void> {
  await writeAtomically(join(runFolder, 'profile.json'), [Buffer.from(`${JSON.stringify(profile, null, 2)}\n`)]);
}
