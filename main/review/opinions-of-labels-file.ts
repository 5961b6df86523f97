import { z } from 'zod';
import { type Group, replayGroup } from '../labels/groups.ts';
import { type EventRecord, type LabelFileFormat, readLabelFile } from '../labels/label-file.ts';
import type { FileOpinion, OpinionProblem, ReadOpinions } from './import-opinions.ts';
import type { OpinionValue } from './opinions.ts';
import type { PairFinder } from './pair-finder.ts';

const verdict = z.object({ unsafe: z.boolean().nullable(), source: z.string().nullable() });
const preference = z.object({ preferred: z.enum(['a', 'b', 'tie']).nullable(), source: z.string().nullable() });

/** What each reviewer of another library's labels file last said and did not take back. */
export function opinionsOfLabelsFile(text: string, format: LabelFileFormat, finder: PairFinder): ReadOpinions {
  const problems: OpinionProblem[] = [];
  const groups = new Map<string, Group>();
  const events: { readonly line: number; readonly event: EventRecord }[] = [];
  for (const record of readLabelFile(text, format)) {
    if ('problem' in record) problems.push({ line: record.line, message: record.problem });
    if (!('event' in record)) continue;
    events.push(record);
    replayGroup(groups, { ...record.event, projectId: record.event.project });
  }
  const said = new Map<string, FileOpinion | null>();
  for (const { line, event } of events) {
    if (event.kind !== 'edit' || groups.get(event.group)?.state !== 'done' || (event.field !== 'verdict' && event.field !== 'preference')) continue;
    const pairId = finder.byHash(event.pair);
    if (pairId === null) {
      problems.push({ line, message: `no pair of this project has the content hash ${event.pair}; import the dataset first` });
      continue;
    }
    const target = event.field === 'preference' ? 'preference' : event.side === 'b' ? 'verdict b' : 'verdict a';
    const value = valueOf(event);
    const { reviewer, at, reason } = event;
    // A label taken away again is no opinion any more.
    said.set(`${pairId} ${target} ${reviewer}`, value === null ? null : { line, pairId, reviewer, target, value, at, reason });
  }
  return { opinions: [...said.values()].filter((opinion) => opinion !== null), problems };
}

function valueOf(event: EventRecord): OpinionValue | null {
  const value: unknown = JSON.parse(event.new);
  if (event.field === 'preference') {
    const { preferred, source } = preference.parse(value);
    return source === 'model' ? null : preferred;
  }
  const { unsafe, source } = verdict.parse(value);
  return unsafe === null || source === 'model' ? null : unsafe ? 'unsafe' : 'safe';
}
