import type { Sink, Unsubscribe } from '../../../preload/contract/contract.ts';
import type { TransformCounts } from '../../../preload/contract/operations/review.ts';
import type { Library } from '../../library/library.ts';
import { transformCounts } from '../../transform/counts.ts';
import { createTopic, type Topic } from '../topic.ts';
import { classCounts } from './class-counts.ts';

/** The transform's counts of each project, told to every page that follows them. */
export interface CountFeed {
  /** Call it after labels changed, in whatever way. */
  publish(projectId: number): TransformCounts;
  follow(projectId: number, sink: Sink<TransformCounts>): Unsubscribe;
}

export function createCountFeed(library: Library): CountFeed {
  const topics = new Map<number, Topic<TransformCounts>>();
  const topicOf = (projectId: number): Topic<TransformCounts> => {
    const topic = topics.get(projectId) ?? createTopic<TransformCounts>();
    topics.set(projectId, topic);
    return topic;
  };
  return {
    publish(projectId) {
      const counts = classCounts(library, projectId);
      topicOf(projectId).publish(counts);
      return counts;
    },
    follow(projectId, sink) {
      topicOf(projectId).publish(transformCounts(library, projectId));
      return topicOf(projectId).subscribe(sink);
    },
  };
}
