import { z } from 'zod';

/** Input fields that several operations share. Every one has an explicit maximum: hosts are a trust boundary. */

export const nothing = z.strictObject({});

export const rowId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const projectId = rowId;
export const datasetId = rowId;
export const pairId = rowId;
/** The name of a run's folder. */
export const runId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
/** Long work (an import, an evaluation, an export) is named when it starts and followed by its stream. */
export const taskId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);

/** Stands for a file or folder the person picked. Paths never come from the page. */
export const fileHandle = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

export const name = z.string().trim().min(1).max(120);
export const note = z.string().max(10_000);
export const pageSize = z.int().min(1).max(500);
export const share = z.number().min(0).max(1);
export const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
