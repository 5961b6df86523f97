import { z } from 'zod';
import { badInput } from '../../../native-models/failure.ts';
import { exportFormats, type ExportSummary } from '../../../preload/contract/operations/exports.ts';
import type { TextDocument } from '../../../preload/contract/views.ts';
import type { Library } from '../../library/library.ts';

interface StoredExport {
  readonly id: string;
  readonly runId: string;
  readonly format: string;
  readonly folder: string;
  readonly certificate: string;
  readonly createdAt: string;
}

const select = 'SELECT id, run_id AS runId, format, folder, certificate, created_at AS createdAt FROM exports';

const certificate = z.object({
  selfTest: z.object({ compared: z.enum(['log-probs', 'tensors']), count: z.number(), largestDifference: z.number(), tolerance: z.number() }),
  files: z.record(z.string(), z.object({ bytes: z.number() })),
});

/** The finished exports of a run, or of all (`null`), newest first. */
export function listExports({ db }: Library, runId: string | null): ExportSummary[] {
  return db.prepare<[string | null, string | null], StoredExport>(`${select} WHERE ? IS NULL OR run_id = ? ORDER BY created_at DESC`).all(runId, runId).map(exportView);
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
  return { fileName: 'certificate.json', mediaType: 'application/json', text: `${JSON.stringify(JSON.parse(stored), null, 2)}\n` };
}

/** An export is stored only after its self-test passed. */
function exportView({ id, runId, format, folder, certificate: text, createdAt }: StoredExport): ExportSummary {
  const { selfTest, files } = certificate.parse(JSON.parse(text));
  return {
    id,
    runId,
    format: z.enum(exportFormats).parse(format),
    createdAt,
    location: folder,
    bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    progress: { state: 'done', fraction: 1, secondsLeft: 0, doing: 'Written and checked', error: null },
    selfTest: { passed: true, ...selfTest },
  };
}
