import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the runtime writes of each event; nodes carry their operator and the provider that ran them. */
const events = z.array(z.object({ cat: z.string(), name: z.string(), dur: z.number(), args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }).optional() }));

export interface ProfilePart {
  /** Part of the model, layers taken together, e.g. `layer/attention` or `head`. */
  readonly part: string;
  readonly milliseconds: number;
  readonly share: number;
}

export interface Profile {
  /** Largest first. */
  readonly parts: readonly ProfilePart[];
  /** Copies between the host and a device inside the graph. */
  readonly hostCopies: number;
  /** Nodes that ran on the CPU. */
  readonly cpuNodes: number;
}

/** The scope a node was built in, without its number: `layer 3/attention/MatMul_17_kernel_time` → `layer/attention`. */
function partOf(name: string): string {
  const scope = name.split('/').slice(0, -1).filter((piece) => piece !== '');
  return scope.length === 0 ? 'other' : scope.map((piece) => piece.replace(/ \d+$/u, '')).join('/');
}

/** A session's profile, its time grouped by part of the model. */
export async function readProfile(file: string): Promise<Profile> {
  const nodes = events.parse(JSON.parse(await readFile(file, 'utf8'))).filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const microseconds = new Map<string, number>();
  for (const { name, dur } of nodes) microseconds.set(partOf(name), (microseconds.get(partOf(name)) ?? 0) + dur);
  const total = [...microseconds.values()].reduce((sum, duration) => sum + duration, 0);
  return {
    parts: [...microseconds].map(([part, duration]) => ({ part, milliseconds: duration / 1000, share: duration / total })).sort((a, b) => b.milliseconds - a.milliseconds),
    hostCopies: nodes.filter(({ args }) => args?.op_name?.startsWith('Memcpy') === true).length,
    cpuNodes: nodes.filter(({ args }) => args?.provider === 'CPUExecutionProvider').length,
  };
}
