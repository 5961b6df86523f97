import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function hyperparametersHandlers(): Handlers['hyperparameters'] {
  return {
    describe: notAvailable('hyperparameters.describe'),
    current: notAvailable('hyperparameters.current'),
    save: notAvailable('hyperparameters.save'),
    memoryPlan: notAvailable('hyperparameters.memoryPlan'),
    lengths: notAvailable('hyperparameters.lengths'),
    tokenPreview: notAvailable('hyperparameters.tokenPreview'),
    timeEstimate: notAvailable('hyperparameters.timeEstimate'),
  };
}
