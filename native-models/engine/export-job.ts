import type { ModelFolder } from '../formats/model-folder.ts';
import type { TrainedOverlay } from './scorer.ts';
import type { ExportDtype } from './tasks.ts';

/** What a writer needs. */
export interface ExportJob {
  readonly folder: ModelFolder;
  readonly overlay: TrainedOverlay | null;
  readonly out: string;
  /** `null`: as the start model stores its weights. */
  readonly dtype: ExportDtype | null;
  readonly write: (event: object) => void;
}
