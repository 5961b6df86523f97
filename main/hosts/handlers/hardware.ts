import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function hardwareHandlers(): Handlers['hardware'] {
  return {
    doctor: notAvailable('hardware.doctor'),
  };
}
