import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function projectsHandlers(): Handlers['projects'] {
  return {
    list: notAvailable('projects.list'),
    get: notAvailable('projects.get'),
    create: notAvailable('projects.create'),
    rename: notAvailable('projects.rename'),
    saveStep: notAvailable('projects.saveStep'),
    trash: notAvailable('projects.trash'),
    restore: notAvailable('projects.restore'),
    openSample: notAvailable('projects.openSample'),
  };
}
