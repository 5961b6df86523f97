import type { ModelFolder } from '../../model-folder/model-folder.ts';
import type { PublishedName } from '../../formats/published-name.ts';
import type { PromptFormat } from '../../text/prompt-format.ts';
import type { ModelText } from '../model/model.ts';
import type { TrainedOverlay } from '../model/overlay.ts';
import type { WrittenEvent } from '../../protocol/task-events.ts';
import type { ExportDtype } from '../../vocabulary/lists.ts';

/** What a writer needs. */
export interface ExportJob {
  readonly folder: ModelFolder;
  readonly text: ModelText;
  /** The run's prompts, for others to make. */
  readonly format: PromptFormat;
  readonly published: PublishedName;
  readonly overlay: TrainedOverlay | null;
  readonly out: string;
  /** `null`: as the start model stores its weights. */
  readonly dtype: ExportDtype | null;
  readonly write: (event: WrittenEvent) => void;
}
