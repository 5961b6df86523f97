import { badInput } from '../../native-models/failure.ts';
import type { Library } from '../library/library.ts';
import type { TemplateName } from '../../native-models/vocabulary/lists.ts';

/**
 * Texts that hold a chat template already must not get another one: such a dataset trains with the template "plain"
 * only.
 * @throws Failure `template-written-twice`
 */
export function requirePlainForRendered({ db }: Library, projectId: number, template: TemplateName): void {
  if (template === 'plain') return;
  const names = db
    .prepare<[number], string>(
      `SELECT name FROM datasets
      WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL AND weight > 0
        AND json_extract(mapping, '$.rendered') = 'text' ORDER BY id`,
    )
    .pluck()
    .all(projectId);
  if (names.length === 0) return;
  throw badInput(
    'template-written-twice',
    `The texts of ${names.join(', ')} hold a chat template already and were imported to be kept as they ` +
      `are, so the template "${template}" would be written around them once more. Train with the template ` +
      '"plain", or import the file again with the turns taken out.',
    { datasets: names, template },
  );
}
