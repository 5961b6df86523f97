import { z } from 'zod';
import type { DatasetPreview } from '../../preload/contract/operations/datasets.ts';
import { made, question } from '../foreign/question.ts';
import type { FormatChoice } from './formats/detect.ts';
import type { PreviewOptions } from './preview.ts';
import type { ImportPiece } from './read-import.ts';
import type { SourceRow } from './readers/row.ts';

/** What is asked about dataset files. */

export const previewFileQuestion = question(
  'previewFile',
  z.object({ file: z.string(), choice: made<PreviewOptions>() }),
  made<DatasetPreview>(),
);

export const readImportQuestion = question(
  'readImport',
  z.object({ file: z.string(), choice: made<FormatChoice>() }),
  made<ImportPiece>(),
);

/** Every row of a file, in batches. */
export const readRowsQuestion = question('readRows', z.object({ file: z.string() }), z.array(made<SourceRow>()));
