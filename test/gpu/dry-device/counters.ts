import { closeSync, openSync, readSync } from 'node:fs';

/** What the device counted, in the order of `Counters` in device.h. */
export interface Counters {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly allocations: number;
  readonly frees: number;
  readonly launches: number;
  readonly products: number;
  readonly synchronisations: number;
  readonly productOperations: number;
  readonly toDeviceCopies: number;
  readonly toDeviceBytes: number;
  readonly toHostCopies: number;
  readonly toHostBytes: number;
}
const numbers = 12;

/** The device's counters as they are now. */
export function readCounters(): Counters {
  const path = process.env['DRY_DEVICE_COUNTERS'];
  if (path === undefined) throw new Error('DRY_DEVICE_COUNTERS names no file');
  const bytes = Buffer.alloc(8 * numbers);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  let offset = 0;
  const next = (): number => Number(bytes.readBigUInt64LE(8 * offset++));
  return {
    liveBytes: next(),
    peakBytes: next(),
    allocations: next(),
    frees: next(),
    launches: next(),
    products: next(),
    synchronisations: next(),
    productOperations: next(),
    toDeviceCopies: next(),
    toDeviceBytes: next(),
    toHostCopies: next(),
    toHostBytes: next(),
  };
}
