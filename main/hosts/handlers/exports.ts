import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function exportsHandlers(): Handlers['exports'] {
  return {
    formats: notAvailable('exports.formats'),
    start: notAvailable('exports.start'),
    stop: notAvailable('exports.stop'),
    list: notAvailable('exports.list'),
    progressFeed: notAvailable('exports.progressFeed'),
    openFolder: notAvailable('exports.openFolder'),
  };
}
