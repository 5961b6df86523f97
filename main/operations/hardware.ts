import type { Handlers } from '../../preload/contract/contract.ts';
import { diagnose } from '../providers/doctor.ts';
import { findTelemetryStore, removeTelemetryStore } from '../hardware/telemetry-store.ts';

export function hardwareHandlers(): Handlers['hardware'] {
  return {
    async doctor() {
      const { runtime: _, ...report } = await diagnose();
      return report;
    },
    telemetryStore: () => findTelemetryStore(),
    async removeTelemetryStore() {
      await removeTelemetryStore();
      return null;
    },
  };
}
