import { join } from 'node:path';
import { exportFormatDefinitions } from '../../native-models/engine/export/formats.ts';
import { Failure } from '../../native-models/failure.ts';
import { readPlainFile } from '../../native-models/files/plain-file.ts';
import { hubId, type PublishedName } from '../../native-models/formats/published-name.ts';
import type { ExportFormat } from '../../native-models/vocabulary/lists.ts';

const mostCardBytes = 4 * 1024 * 1024;

/** The terms that the start model's own card states, as lines of YAML; none where it has no card or says nothing. */
export async function statedLicence(modelFolder: string): Promise<readonly string[]> {
  const text = await readPlainFile(join(modelFolder, 'README.md'), mostCardBytes).then(
    (bytes) => bytes.toString('utf8'),
    (error: unknown) => {
      if (error instanceof Failure) return '';
      throw error;
    },
  );
  const [, front = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
  return front.split(/\r?\n/).filter((line) => /^(license|license_name|license_link): *[\w."'/:-]+ *$/.test(line));
}

export interface FrontMatterFacts {
  readonly format: ExportFormat;
  readonly published: PublishedName;
  /** Lines of {@link statedLicence}. */
  readonly licence: readonly string[];
  readonly datasets: readonly { readonly name: string }[];
}

/** What the Hugging Face Hub reads at the head of a card. It takes only ids of the Hub, so other names are left out. */
export function frontMatter({ format, published: { baseId }, licence, datasets }: FrontMatterFacts): string {
  const { holds, card } = exportFormatDefinitions[format];
  const ids = [
    ...new Set(
      datasets
        .map(({ name }) => name)
        .filter((name) => hubId.test(name) && !/\.(jsonl?|csv|tsv|parquet)(\.gz)?$/.test(name)),
    ),
  ];
  return [
    '---',
    ...(baseId === null
      ? []
      : [`base_model: ${baseId}`, `base_model_relation: ${holds === 'adapter' ? 'adapter' : 'finetune'}`]),
    `library_name: ${card.library}`,
    'pipeline_tag: text-generation',
    ...licence,
    ...(ids.length === 0 ? [] : ['datasets:', ...ids.map((id) => `- ${id}`)]),
    'tags: [safedpo, preference-optimization, safety]',
    '---',
  ].join('\n');
}
