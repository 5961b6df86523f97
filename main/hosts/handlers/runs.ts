import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function runsHandlers(): Handlers['runs'] {
  return {
    list: notAvailable('runs.list'),
    get: notAvailable('runs.get'),
    start: notAvailable('runs.start'),
    pause: notAvailable('runs.pause'),
    resume: notAvailable('runs.resume'),
    stop: notAvailable('runs.stop'),
    metrics: notAvailable('runs.metrics'),
    metricsFeed: notAvailable('runs.metricsFeed'),
    progressFeed: notAvailable('runs.progressFeed'),
    activityFeed: notAvailable('runs.activityFeed'),
    samples: notAvailable('runs.samples'),
    compare: notAvailable('runs.compare'),
    rename: notAvailable('runs.rename'),
    setNotes: notAvailable('runs.setNotes'),
    trash: notAvailable('runs.trash'),
    restore: notAvailable('runs.restore'),
  };
}
