import * as field from '../fields.ts';
import { query } from '../operation.ts';
import type { providers } from './hyperparameters.ts';

export interface ProviderView {
  readonly name: (typeof providers)[number];
  readonly usable: boolean;
  /** One line each, when it cannot be used. */
  readonly reason: string | null;
  readonly fix: string | null;
}

export interface HardwareReport {
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly gpus: readonly { readonly name: string; readonly memoryBytes: number | null; readonly driver: string | null }[];
  readonly providers: readonly ProviderView[];
  /** What `auto` would take now. */
  readonly preferred: (typeof providers)[number];
  /** Libraries looked for, and where each was found. */
  readonly libraries: readonly { readonly name: string; readonly location: string | null }[];
  /** What this platform can and cannot do, in plain words. */
  readonly notes: readonly string[];
}

export const hardware = {
  doctor: query<HardwareReport>()(field.nothing),
};
