import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLibrary } from '../library/library.ts';
import { createProject } from '../projects/projects.ts';
import { importDataset } from './import.ts';
import { openDatasetFile } from './readers/open.ts';

const data = join(import.meta.dirname, '../../../shared/data');
const isHere = existsSync(data);
if (!isHere) console.warn(`skipped: the real data folder ${data} is not here`);

const folder = mkdtempSync(join(tmpdir(), 'safedpo-real-'));
const library = openLibrary(folder);
afterAll(() => {
  library.close();
  rmSync(folder, { recursive: true });
});

interface Labels {
  readonly preferred: string | null;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
}

/** How often each (preferred, unsafe A, unsafe B) was stored. */
function labelCounts(datasetId: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { preferred, unsafe_a, unsafe_b } of library.db
    .prepare<[number], Labels>('SELECT preferred, unsafe_a, unsafe_b FROM pairs WHERE dataset_id = ?')
    .all(datasetId)) {
    const key = `${preferred} ${unsafe_a} ${unsafe_b}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(!isHere)('real preference files', () => {
  test.each([
    ['datasets/hh-rlhf-harmless-base-test.jsonl.gz', 'hh-rlhf', 2303, 9, 0, { 'a null null': 2303 }],
    ['datasets/llamafactory-dpo_en_demo.json', 'sharegpt', 295, 0, 5, { 'a null null': 295 }],
    ['datasets/pku-saferlhf-dpo-pairs.json.gz', 'safe-unsafe-list', 3008, 0, 1413, { 'a 0 1': 3008 }],
    [
      'datasets/pku-saferlhf-raw-sample.jsonl',
      'pku-saferlhf',
      6,
      0,
      0,
      { 'b 0 0': 2, 'b 1 0': 1, 'a 1 1': 1, 'b 1 1': 2 },
    ],
    ['datasets/torchtune-hh_rlhf_tiny.json', 'trl', 1, 0, 0, { 'a null null': 1 }],
    ['datasets/torchtune-stack_exchange_paired_tiny.json', 'stack-exchange', 25, 0, 0, { 'a null null': 25 }],
    ['parquet/dpo-chat-messages-80.parquet', 'trl', 80, 0, 0, { 'a null null': 80 }],
    ['parquet/hh-rlhf-harmless-test-300.parquet', 'hh-rlhf', 299, 1, 0, { 'a null null': 299 }],
  ])('%s', async (file, format, accepted, rejected, duplicates, labels) => {
    const project = createProject(library, file);
    const result = await importDataset(library, project.id, join(data, file));
    expect(result).toMatchObject({ format, accepted, rejected, duplicates });
    expect(labelCounts(result.datasetId)).toEqual(labels);
  });

  test('the 1,413 duplicates of the PKU pairs are equal rows of the source', async () => {
    const seen = new Set<string>();
    let rows = 0;
    const opened = await openDatasetFile(join(data, 'datasets/pku-saferlhf-dpo-pairs.json.gz'));
    for await (const row of opened.rows) {
      rows += 1;
      if ('value' in row) seen.add(JSON.stringify([row.value['prompt'], row.value['response']]));
    }
    expect({ rows, distinct: seen.size }).toEqual({ rows: 4421, distinct: 3008 });
  });

  test('a preference row keeps its texts and turns', async () => {
    const project = createProject(library, 'texts');
    const { datasetId } = await importDataset(library, project.id, join(data, 'datasets/torchtune-hh_rlhf_tiny.json'));
    const pair = library.db
      .prepare('SELECT prompt, response_a, response_b FROM pairs WHERE dataset_id = ?')
      .get(datasetId);
    expect(pair).toEqual({
      prompt: JSON.stringify([{ role: 'user', content: 'What do I do when I have a hole in my trousers?' }]),
      response_a: 'Fix the hole.',
      response_b: 'Take them off.',
    });
  });

  test.each([
    ['datasets/llamafactory-alpaca_en_demo.json', 'dataset-without-preference', 'Alpaca'],
    ['datasets/safety-tuned-llamas-safety_only.json', 'dataset-without-preference', 'Alpaca'],
    ['datasets/torchtune-instruct_tiny.json', 'dataset-without-preference', 'Alpaca'],
    ['datasets/torchtune-chat_tiny.json', 'dataset-without-preference', 'conversations'],
    ['datasets/eval/advbench.csv', 'dataset-format-unknown', 'goal (text)'],
    ['datasets/eval/harmbench_val.csv', 'dataset-format-unknown', 'BehaviorID'],
    ['datasets/eval/strongreject.csv', 'dataset-format-unknown', 'forbidden_prompt (text)'],
    ['datasets/eval/xstest_prompts.csv', 'dataset-format-unknown', 'prompt (text)'],
    ['datasets/eval/harmless_val.json.gz', 'dataset-format-unknown', 'instruction (text)'],
    ['datasets/eval/I-CoNa.json', 'json-columns-differ', 'instructions'],
    ['datasets/eval/labelled/qwen-1_8b-chat.harmless_baseline_evaluations.json', 'json-without-rows', 'completions'],
  ])('%s is refused: %s', async (file, code, words) => {
    const project = createProject(library, `refused ${file}`);
    await expect(importDataset(library, project.id, join(data, file))).rejects.toMatchObject({
      code,
      kind: 'input',
      message: expect.stringContaining(words),
    });
  });
});

describe.skipIf(!isHere)('Parquet files with the rows they must give', () => {
  test.each([
    'boolean_rle',
    'byte_stream_split.zstd',
    'datapage_v2.snappy',
    'delta_byte_array',
    'nullable.impala',
    'rowgroups',
    'strings',
    'struct_strings',
  ])('%s', async (name) => {
    const opened = await openDatasetFile(join(data, `parquet/${name}.parquet`));
    const rows: unknown[] = [];
    for await (const row of opened.rows) if ('value' in row) rows.push(Object.values(row.value));
    const expected: unknown = JSON.parse(readFileSync(join(data, `parquet/${name}.json`), 'utf8'));
    expect(JSON.parse(JSON.stringify(rows))).toEqual(expected);
  });
});
