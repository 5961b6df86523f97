import type { Sink, Unsubscribe } from '../../preload/contract/contract.ts';
import { keepColumns, readAhead } from '../review/index/current-columns.ts';
import { createTopic, type Topic } from '../dispatch/topic.ts';
import { classCounts } from '../review/index/class-counts.ts';
import type { HandlerContext } from './context.ts';
import type { PairCounts } from '../../preload/contract/pair-counts.ts';

/** The transform's counts of each project, told to every page that follows them. */
export interface CountFeed {
  /** Call it after labels changed, in whatever way. */
  publish(projectId: number): PairCounts;
  follow(projectId: number, sink: Sink<PairCounts>): Unsubscribe;
}

export function createCountFeed({
  library,
  background,
  report,
}: Pick<HandlerContext, 'library' | 'background' | 'report'>): CountFeed {
  const topics = new Map<number, Topic<PairCounts>>();
  const topicOf = (projectId: number): Topic<PairCounts> => {
    const topic = topics.get(projectId) ?? createTopic<PairCounts>();
    topics.set(projectId, topic);
    return topic;
  };
  const publish = (projectId: number): PairCounts => {
    const counts = classCounts(library, projectId);
    topicOf(projectId).publish(counts);
    return counts;
  };
  const publishOnceRead = async (projectId: number): Promise<void> => {
    await readAhead(library, projectId, background.signal);
    if (background.signal.aborted) return;
    publish(projectId);
    keepColumns(library, projectId);
  };
  return {
    publish,
    follow(projectId, sink) {
      background.track(publishOnceRead(projectId).catch((error: unknown) => report(error, 'review.countsFeed')));
      return topicOf(projectId).subscribe(sink);
    },
  };
}
