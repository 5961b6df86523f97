import { z } from 'zod';
import { badInput } from '../../native-models/failure.ts';
import { type ExportSummary, type SelfTest } from '../../preload/contract/operations/exports.ts';
import type { TextDocument } from '../../preload/contract/views.ts';
import { roundingWarning, selfTestText } from './self-test-text.ts';
import type { Library } from '../library/library.ts';
import { exportFormats } from '../../native-models/vocabulary/lists.ts';

interface StoredExport {
  readonly id: string;
  readonly runId: string;
  readonly format: string;
  readonly folder: string;
  readonly certificate: string;
  readonly createdAt: string;
}

const select = 'SELECT id, run_id AS runId, format, folder, certificate, created_at AS createdAt FROM exports';

const logProbs = z.object({
  pairs: z.number(),
  heldOut: z.boolean(),
  tokens: z.number(),
  trainedFromStart: z.number(),
  exportedFromTrained: z.number(),
  lostShare: z.number().nullable(),
  margins: z.object({ trained: z.number().nullable(), exported: z.number().nullable() }),
});
const selfTest = z.object({
  weights: z.object({ tensors: z.number(), values: z.number(), ofValues: z.number() }),
  logProbs: logProbs.nullable(),
});
/** Of versions before 0.2, which compared log-probs alone. */
const earlierSelfTest = z.object({
  compared: z.enum(['log-probs', 'tensors']),
  count: z.number(),
  largestDifference: z.number(),
});
const certificate = z.object({
  selfTest: z.union([selfTest, earlierSelfTest]),
  files: z.record(z.string(), z.object({ bytes: z.number() })),
});

/** The finished exports of a run, or of all (`null`), newest first. */
export function listExports({ db }: Library, runId: string | null): ExportSummary[] {
  return db
    .prepare<[string | null, string | null], StoredExport>(
      `${select} WHERE ? IS NULL OR run_id = ? ORDER BY created_at DESC`,
    )
    .all(runId, runId)
    .map(exportView);
}

/** @throws Failure `unknown-export` */
export function getExport({ db }: Library, exportId: string): ExportSummary {
  const stored = db.prepare<[string], StoredExport>(`${select} WHERE id = ?`).get(exportId);
  if (stored === undefined) throw badInput('unknown-export', `There is no export ${exportId}.`, { export: exportId });
  return exportView(stored);
}

/** The certificate of an export. @throws Failure `unknown-export` */
export function readCertificate({ db }: Library, exportId: string): TextDocument {
  const stored = db.prepare<[string], string>('SELECT certificate FROM exports WHERE id = ?').pluck().get(exportId);
  if (stored === undefined) throw badInput('unknown-export', `There is no export ${exportId}.`, { export: exportId });
  return {
    fileName: 'certificate.json',
    mediaType: 'application/json',
    text: `${JSON.stringify(JSON.parse(stored), null, 2)}\n`,
  };
}

/** An export is stored only after its self-test passed. */
function exportView({ id, runId, format, folder, certificate: text, createdAt }: StoredExport): ExportSummary {
  const { selfTest: test, files } = certificate.parse(JSON.parse(text));
  return {
    id,
    runId,
    format: z.enum(exportFormats).parse(format),
    createdAt,
    location: folder,
    bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    progress: { state: 'done', fraction: 1, secondsLeft: 0, doing: 'Written and checked', error: null },
    selfTest: { passed: true, ...foundBy(test) },
  };
}

function foundBy(test: z.output<typeof certificate>['selfTest']): Pick<SelfTest, 'found' | 'warning'> {
  if ('weights' in test) return { found: selfTestText(test), warning: roundingWarning(test) };
  const { compared, count, largestDifference } = test;
  const found =
    compared === 'tensors'
      ? `${count} tensors read back and equal`
      : `${count} pairs scored again, log-probs at most ${largestDifference.toExponential(1)} nats apart; an ` +
        'earlier version made this export and did not compare its weights';
  return { found, warning: null };
}
