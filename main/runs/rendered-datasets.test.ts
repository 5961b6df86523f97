import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importDataset } from '../datasets/import.ts';
import { setDatasetWeight } from '../datasets/store/datasets.ts';
import { temporaryFolder, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import { createProject } from '../projects/projects.ts';
import { requirePlainForRendered } from './rendered-datasets.ts';

test('texts kept with a written-out template train with the template "plain" only', async () => {
  const file = join(temporaryFolder(), 'chatml.jsonl');
  writeFileSync(
    file,
    JSON.stringify({
      prompt: '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n',
      chosen: 'one<|im_end|>',
      rejected: 'two<|im_end|>',
    }),
  );
  const library = temporaryLibrary();
  const [kept, turns] = [createProject(library, 'kept').id, createProject(library, 'turns').id];
  const { datasetId } = await importDataset(library, kept, file, { rendered: 'text' });
  await importDataset(library, turns, file, { rendered: 'turns' });

  const refusal = expect.objectContaining({
    code: 'template-written-twice',
    details: { datasets: ['chatml.jsonl'], template: 'model' },
  });
  expect(() => requirePlainForRendered(library, kept, 'model')).toThrow(refusal);
  expect(() => requirePlainForRendered(library, kept, 'plain')).not.toThrow();
  expect(() => requirePlainForRendered(library, turns, 'model')).not.toThrow();
  setDatasetWeight(library, datasetId, 0);
  expect(() => requirePlainForRendered(library, kept, 'model')).not.toThrow();
});
