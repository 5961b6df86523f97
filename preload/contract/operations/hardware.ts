import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import { providerNames } from '../../../native-models/vocabulary/lists.ts';

export interface ProviderView {
  readonly name: (typeof providerNames)[number];
  readonly usable: boolean;
  /** The first of the problems, when it cannot be used. */
  readonly reason: string | null;
  readonly fix: string | null;
  /** One line each: what stands in the way, or will be felt although it works. */
  readonly problems: readonly { readonly reason: string; readonly fix: string }[];
}

/** An NVIDIA card; `null` is what its driver does not tell. */
export interface CardView {
  readonly name: string;
  readonly driver: string | null;
  readonly computeCapability: number | null;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  readonly processes: readonly { readonly pid: number; readonly name: string; readonly usedBytes: number | null }[];
}

export interface HardwareReport {
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly gpus: readonly CardView[];
  /** CUDA's major version that the installed provider file asks for. */
  readonly cudaMajor: string | null;
  readonly providers: readonly ProviderView[];
  /** What `auto` would take now. */
  readonly preferred: (typeof providerNames)[number];
  /** Why, in one line. */
  readonly preferredReason: string;
  /** Libraries looked for, and where each was found. */
  readonly libraries: readonly { readonly name: string; readonly location: string | null }[];
  /** What this platform can and cannot do, in plain words. */
  readonly notes: readonly string[];
}

/**
 * What ONNX Runtime's telemetry left on this machine, in whatever program: a folder of queued events, and files for
 * temporary use.
 */
export interface TelemetryStoreView {
  readonly folder: string;
  readonly bytes: number;
  readonly debugLogs: number;
}

export const hardware = {
  doctor: query<HardwareReport>()(field.nothing),
  /** `null` where there is nothing. */
  telemetryStore: query<TelemetryStoreView | null>()(field.nothing),
  removeTelemetryStore: command<null>()(field.nothing),
};
