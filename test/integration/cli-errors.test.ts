import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safedpo, workFolder, writePkuRows } from './cli-harness.ts';
import { writeTinyModel } from './tiny-model.ts';

const work = workFolder();
const [library, model, data, huge] = [
  join(work.path, 'library'),
  join(work.path, 'model'),
  join(work.path, 'pairs.jsonl'),
  join(work.path, 'llama-70b'),
];

/** The numbers of Llama 3.1 70B's config.json, without its weights. */
const llama70b = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 8192,
  num_hidden_layers: 80,
  num_attention_heads: 64,
  num_key_value_heads: 8,
  intermediate_size: 28_672,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-5,
  torch_dtype: 'bfloat16',
};

beforeAll(async () => {
  mkdirSync(model);
  await writeTinyModel(model);
  mkdirSync(huge);
  writeFileSync(join(huge, 'config.json'), JSON.stringify(llama70b));
  writePkuRows(data, 12);
  await safedpo(library, 'import', data, '--project', 'demo');
});
afterAll(() => work.remove());

describe('a model that does not fit', () => {
  it('is inspected from its config alone, with the reason', async () => {
    const inspected = await safedpo(library, 'inspect', huge, '--json');
    expect(inspected.code).toBe(0);
    expect(inspected.document()).toMatchObject({
      architecture: 'LlamaForCausalLM',
      parameters: 70_553_706_496,
      layers: 80,
      hiddenSize: 8192,
      vocabularySize: 128_256,
      dtype: 'bfloat16',
      trainable: false,
      reason: expect.stringContaining('memory'),
    });
  });

  it('is refused with exit code 3 before anything is stored', async () => {
    const refused = await safedpo(
      library,
      'train',
      '--project',
      'demo',
      '--model',
      huge,
      '--provider',
      'cpu',
      '--json',
    );
    expect(refused.code).toBe(3);
    expect(refused.document()).toMatchObject({
      error: {
        code: 'does-not-fit-memory',
        details: { neededBytes: expect.any(Number), availableBytes: expect.any(Number) },
      },
    });
    expect((await safedpo(library, 'runs', '--json')).stdout).toBe('[]\n');
  });
});

describe('a small model', () => {
  it('is inspected with all fields', async () => {
    expect((await safedpo(library, 'inspect', model, '--json')).document()).toMatchObject({
      architecture: 'LlamaForCausalLM',
      layers: 2,
      hiddenSize: 8,
      vocabularySize: 16,
      dtype: 'float32',
      tokenizer: expect.stringContaining('16 tokens'),
      chatTemplate: null,
      trainable: true,
      exportFormats: ['safetensors', 'peft', 'onnx'],
    });
  });
});

describe('a file that asks something', () => {
  it('whose values could mean several things: every value is named, with the options to type', async () => {
    const file = join(work.path, 'choices.csv');
    writeFileSync(file, 'prompt,one,two,pick\na,x,y,0\nb,x,y,2\n');
    const asked = [
      'import',
      file,
      '--project',
      'choices',
      '--map',
      'prompt=prompt',
      'responseA=one',
      'responseB=two',
      'preferred=pick',
    ];
    const refused = await safedpo(library, ...asked);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      '  --map-value preferred:0=MEANING --map-value preferred:2=MEANING\n(value-meaning-unclear)',
    );
    const told = await safedpo(library, ...asked, '--map-value', 'preferred:0=A', 'preferred:2=B', '--json');
    expect(told.document()).toMatchObject({
      accepted: 2,
      files: [{ values: { preferred: { 0: 'A', 2: 'B' } }, unusedColumns: [] }],
    });
  });

  it('whose texts keep a written-out template is not trained on with another one around it', async () => {
    const file = join(work.path, 'chatml.jsonl');
    writeFileSync(
      file,
      JSON.stringify({
        prompt: '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n',
        chosen: 'x<|im_end|>',
        rejected: 'y<|im_end|>',
        score: 1,
      }),
    );
    const imported = await safedpo(library, 'import', file, '--project', 'chatml', '--rendered', 'text', '--json');
    expect(imported.document()).toMatchObject({ accepted: 1, files: [{ unusedColumns: ['score'] }] });
    const refused = await safedpo(
      library,
      'train',
      '--project',
      'chatml',
      '--model',
      model,
      '--objective',
      'dpo',
      '--provider',
      'cpu',
    );
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/--template plain\n\(template-written-twice\)/);
  });
});

describe('errors', () => {
  const cases: readonly (readonly [name: string, args: readonly string[], code: string])[] = [
    ['a missing option', ['train', '--model', model, '--json'], 'bad-usage'],
    ['an unknown command', ['fly', '--json'], 'bad-usage'],
    ['a number out of range', ['train', '--project', 'demo', '--model', model, '--beta', '-1', '--json'], 'bad-usage'],
    ['an unknown project', ['pairs', '--project', 'nope', '--json'], 'unknown-project'],
    ['an unknown run', ['resume', 'nope', '--json'], 'unknown-run'],
    [
      'neither model nor run',
      ['generate', join(work.path, 'nope'), '--prompt', 'a', '--json'],
      'model-or-run-not-found',
    ],
    ['no prompt', ['generate', model, '--json'], 'prompt-missing'],
    ['an empty model folder', ['inspect', work.path, '--json'], 'config-missing'],
    [
      'a file that is not there',
      ['import', join(work.path, 'nope.jsonl'), '--project', 'demo', '--json'],
      'file-not-found',
    ],
    ['a row that cannot be scored', ['score', model, data, '--json'], 'score-row-invalid'],
    [
      'a sweep over nothing',
      ['sweep', '--project', 'demo', '--model', model, '--delta', '1', '--json'],
      'sweep-needs-one-list',
    ],
    ['a folder without a certificate', ['verify', model, '--json'], 'certificate-missing'],
    [
      'a package of another version',
      ['doctor', '--install', join(work.path, 'onnxruntime_gpu-1.2.3-cp312-linux_x86_64.whl'), '--json'],
      'provider-package-version',
    ],
  ];

  it.each(cases)('%s: exit 2, one JSON document with the code', async (_, args, code) => {
    const ended = await safedpo(library, ...args);
    expect([ended.code, ended.document()]).toMatchObject([
      2,
      { error: { code, message: expect.any(String), details: expect.any(Object) } },
    ]);
  });

  it('are sentences on standard error without --json', async () => {
    const ended = await safedpo(library, 'pairs', '--project', 'nope');
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain('There is no project "nope"');
    expect(ended.stderr).toContain('unknown-project');
  });

  it('leave the folder of an export that cannot be made as it was', async () => {
    const out = join(work.path, 'taken');
    mkdirSync(out);
    copyFileSync(data, join(out, 'mine.jsonl'));
    const ended = await safedpo(library, 'align', '--model', model, '--data', data, '--out', out, '--json');
    expect([ended.code, ended.document()]).toMatchObject([2, { error: { code: 'folder-not-empty' } }]);
    expect(readFileSync(join(out, 'mine.jsonl')).equals(readFileSync(data))).toBe(true);
    expect(existsSync(`${out}.partial`)).toBe(false);
  });
});

describe('--help', () => {
  it('names every command of the contract', async () => {
    const { stdout, code } = await safedpo(library, '--help');
    expect(code).toBe(0);
    for (const command of [
      'doctor',
      'inspect',
      'import',
      'pairs',
      'labels',
      'train',
      'resume',
      'runs',
      'compare',
      'evaluate',
      'score',
      'generate',
      'sweep',
      'export',
      'verify',
      'align',
      'sample',
      'demo',
      'serve',
    ])
      expect(stdout).toContain(`\n  ${command}`);
  });
});
