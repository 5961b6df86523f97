import type { Handlers } from '../../../preload/contract/contract.ts';
import { diagnose } from '../../hardware/doctor.ts';

export function hardwareHandlers(): Handlers['hardware'] {
  return {
    async doctor() {
      const { runtime: _, ...report } = await diagnose();
      return report;
    },
  };
}
