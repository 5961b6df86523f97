import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type PartName, isLayer, scopeOfName } from '../graph/scope.ts';

/**
 * What the runtime writes of each event; nodes carry their operator and the provider that ran them. Times in
 * microseconds.
 */
const events = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number(),
    args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }).optional(),
  }),
);
type RuntimeEvent = z.infer<typeof events>[number];

/** Parts of a training step. */
export const profileParts = [
  'embedding',
  'attention',
  'feed forward',
  'adapters',
  'head',
  'loss',
  'optimiser',
  'copies',
  'other',
] as const;
export type ProfilePartName = (typeof profileParts)[number];

export interface ProfilePart {
  readonly part: ProfilePartName;
  readonly forwardMilliseconds: number;
  /** Layers that are computed again among it. */
  readonly backwardMilliseconds: number;
  /** Of the time of all nodes. */
  readonly share: number;
}

export interface ProfileOperator {
  readonly operator: string;
  /** The execution provider that ran it. */
  readonly provider: string;
  readonly nodes: number;
  readonly milliseconds: number;
  readonly share: number;
}

export interface Profile {
  /** Runs of the graph that were looked at: without the first, which warms up, where there are several. */
  readonly runs: number;
  readonly runMilliseconds: number;
  /** Of the nodes in those runs; on CUDA what the host spent on each, which is its launch. */
  readonly nodeMilliseconds: number;
  /** Largest first. */
  readonly parts: readonly ProfilePart[];
  /** Largest first. */
  readonly operators: readonly ProfileOperator[];
  /** Copies between the host and a device inside the graph. */
  readonly hostCopies: { readonly nodes: number; readonly milliseconds: number; readonly share: number };
  /** Nodes that ran on the CPU: all of them where the CPU is the provider, none where a device runs the whole graph. */
  readonly cpuNodes: { readonly nodes: number; readonly milliseconds: number; readonly share: number };
}

/** What each part of a node's scope is counted as; the innermost counts. */
const countedAs: { readonly [part in PartName]: ProfilePartName | null } = {
  backward: null,
  embedding: 'embedding',
  attention: 'attention',
  'attention bias': 'attention',
  'feed forward': 'feed forward',
  adapter: 'adapters',
  head: 'head',
  'final norm': 'head',
  loss: 'loss',
  optimizer: 'optimiser',
  gradient: 'optimiser',
  parameters: 'optimiser',
};

const cpuProvider = 'CPUExecutionProvider';

interface ProfiledNode {
  readonly part: ProfilePartName;
  readonly backward: boolean;
  readonly operator: string;
  readonly provider: string;
  readonly milliseconds: number;
}

/** The profiles of one session or more, their time grouped by part of the model and by operator. */
export async function readProfile(files: readonly string[]): Promise<Profile> {
  const sessions = await Promise.all(files.map(readSession));
  const nodes = sessions.flatMap((session) => session.nodes).map(profiledNode);
  const total = sum(nodes);
  const share = (some: readonly ProfiledNode[]): number => (total === 0 ? 0 : sum(some) / total);
  const totals = (some: readonly ProfiledNode[]) => ({
    nodes: some.length,
    milliseconds: sum(some),
    share: share(some),
  });
  const parts = Map.groupBy(nodes, ({ part }) => part);
  const operators = Map.groupBy(nodes, ({ operator, provider }) => JSON.stringify([operator, provider]));
  return {
    runs: sessions.reduce((count, session) => count + session.runs, 0),
    runMilliseconds: sessions.reduce((time, session) => time + session.milliseconds, 0),
    nodeMilliseconds: total,
    parts: [...parts]
      .map(([part, some]) => ({
        part,
        forwardMilliseconds: sum(some.filter(({ backward }) => !backward)),
        backwardMilliseconds: sum(some.filter(({ backward }) => backward)),
        share: share(some),
      }))
      .sort((a, b) => b.share - a.share),
    operators: [...operators.values()]
      .map((some) => ({ operator: some[0]?.operator ?? '', provider: some[0]?.provider ?? '', ...totals(some) }))
      .sort((a, b) => b.milliseconds - a.milliseconds),
    hostCopies: totals(nodes.filter(({ part }) => part === 'copies')),
    cpuNodes: totals(nodes.filter(({ provider }) => provider === cpuProvider)),
  };
}

/** The nodes of a session's runs, but the first where there are several. */
async function readSession(
  file: string,
): Promise<{ readonly runs: number; readonly milliseconds: number; readonly nodes: readonly RuntimeEvent[] }> {
  const all = events.parse(JSON.parse(await readFile(file, 'utf8')));
  const runs = all.filter(({ cat, name }) => cat === 'Session' && name === 'model_run');
  const measured = runs.length > 1 ? runs.slice(1) : runs;
  const start = measured[0]?.ts ?? 0;
  // The nodes inside a loop are listed too.
  const nodes = all.filter(
    ({ cat, name, ts, args }) =>
      cat === 'Node' && name.endsWith('_kernel_time') && ts >= start && args?.op_name !== 'Loop',
  );
  return { runs: measured.length, milliseconds: measured.reduce((time, { dur }) => time + dur / 1000, 0), nodes };
}

function profiledNode({ name, dur, args }: RuntimeEvent): ProfiledNode {
  const operator = args?.op_name ?? 'unknown';
  const scope = scopeOfName(name);
  const part = scope.reduce<ProfilePartName>(
    (found, piece) => (isLayer(piece) ? found : (countedAs[piece] ?? found)),
    'other',
  );
  return {
    part: operator.startsWith('Memcpy') ? 'copies' : part,
    backward: scope[0] === 'backward',
    operator,
    provider: args?.provider ?? 'unknown',
    milliseconds: dur / 1000,
  };
}

function sum(nodes: readonly ProfiledNode[]): number {
  return nodes.reduce((time, { milliseconds }) => time + milliseconds, 0);
}
