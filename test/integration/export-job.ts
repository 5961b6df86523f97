import type { ExportJob } from '../../native-models/engine/export/job.ts';
import { openEngineModel } from '../../native-models/engine/model/model.ts';
import type { TrainedOverlay } from '../../native-models/engine/model/overlay.ts';
import type { ExportTask } from '../../native-models/protocol/tasks.ts';
import { publishedName } from '../../native-models/formats/published-name.ts';
import { promptFormat } from '../../native-models/text/prompt-format.ts';

/** What an export's task says of template and names where a test asks nothing of them. */
export const ordinary: Pick<ExportTask, 'template' | 'clock' | 'baseModel'> = {
  template: 'model',
  clock: null,
  baseModel: null,
};

/** What a writer of exports gets for a model folder. */
export async function exportJob(path: string, overlay: TrainedOverlay | null, out: string): Promise<ExportJob> {
  const text = await openEngineModel(path, 'model');
  const { folder } = text;
  return {
    folder,
    text,
    format: promptFormat(text.template, text.tokenizer),
    published: publishedName(folder.dir, folder.rawConfig, null),
    overlay,
    out,
    dtype: null,
    write: () => undefined,
  };
}
