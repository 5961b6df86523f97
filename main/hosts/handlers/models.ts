import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function modelsHandlers(): Handlers['models'] {
  return {
    inspect: notAvailable('models.inspect'),
    choose: notAvailable('models.choose'),
    current: notAvailable('models.current'),
  };
}
