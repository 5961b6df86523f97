import { changedSince, changeOf } from '../../labels/event-record.ts';
import type { FieldValue } from '../../labels/field-value.ts';
import { type Group, replayGroup } from '../../labels/groups.ts';
import { type EventRecord, type LabelFileFormat, readLabelFile } from '../../labels/label-file.ts';
import type { FileOpinion, OpinionProblem, ReadOpinions } from './import-opinions.ts';
import type { OpinionValue } from './opinions.ts';
import type { PairFinder } from './pair-finder.ts';

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
    if (
      event.kind !== 'edit' ||
      groups.get(event.group)?.state !== 'done' ||
      (event.field !== 'verdict' && event.field !== 'preference')
    )
      continue;
    const pairId = finder.byHash(event.pair);
    if (pairId === null) {
      problems.push({
        line,
        message: `no pair of this project has the content hash ${event.pair}; import the dataset first`,
      });
      continue;
    }
    const change = changedSince(event) ?? changeOf(event);
    if (typeof change === 'string') {
      problems.push({ line, message: change });
      continue;
    }
    const target = event.field === 'preference' ? 'preference' : event.side === 'b' ? 'verdict b' : 'verdict a';
    const value = opinionOf(change);
    const { reviewer, at, reason } = event;
    // A label taken away again is no opinion any more.
    said.set(
      `${pairId} ${target} ${reviewer}`,
      value === null ? null : { line, pairId, reviewer, target, value, at, reason },
    );
  }
  return { opinions: [...said.values()].filter((opinion) => opinion !== null), problems };
}

function opinionOf(change: FieldValue): OpinionValue | null {
  if (change.field === 'preference') return change.value.source === 'model' ? null : change.value.preferred;
  if (change.field !== 'verdict' || change.value.source === 'model' || change.value.unsafe === null) return null;
  return change.value.unsafe ? 'unsafe' : 'safe';
}
