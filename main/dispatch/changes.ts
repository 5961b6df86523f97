import { changeable, type Change } from '../../preload/contract/changes.ts';
import { createTopic, type Topic } from './topic.ts';

export type Changes = Topic<Change>;

/** Nobody needs the past: a page reads everything when it opens, and again after it lost its connection. */
export function createChanges(): Changes {
  return createTopic<Change>(0);
}

/** Commands that leave what pages show as it was. */
const quiet: ReadonlySet<string> = new Set([
  'projects.saveStep',
  'hyperparameters.timeEstimate',
  'hyperparameters.stopTimeEstimate',
  'exports.openFolder',
]);

/** Tells pages what an operation changed, when it went well or its work has ended. */
export function tell(changes: Changes, operation: string): void {
  const domain = operation.split('.')[0];
  const change = quiet.has(operation) ? undefined : changeable.find((each) => each === domain);
  if (change !== undefined) changes.publish(change);
}
