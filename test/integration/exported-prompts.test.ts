import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frontMatter, statedLicence } from '../../main/exports/card-front-matter.ts';
import { exportModel } from '../../native-models/engine/export/export.ts';
import { openEngineModel } from '../../native-models/engine/model/model.ts';
import type { ExportTask } from '../../native-models/protocol/tasks.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { requireGgufModel } from '../../native-models/formats/gguf/model-fields.ts';
import { readGguf } from '../../native-models/formats/gguf/read.ts';
import type { GgufMetadata } from '../../native-models/formats/gguf/value.ts';
import { publishedName } from '../../native-models/formats/published-name.ts';
import { type ChatMessage, compileTemplate } from '../../native-models/text/chat-template.ts';
import { ollamaTemplate } from '../../native-models/text/ollama-template.ts';
import { promptFormat } from '../../native-models/text/prompt-format.ts';
import { ordinary } from './export-job.ts';
import { dataFolder, hasData } from './real-data.ts';
import { tinyConfig, tinyTokenizer, writeJson, writeTinyModel } from './tiny-model.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exported-prompts-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Its vocabulary has every byte, which PKU's prompts need. */
const sampleModel = join(import.meta.dirname, '../../native-models/sample/model');
const question: readonly ChatMessage[] = [{ role: 'user', content: 'abc' }];
const byteLevel = { ...tinyTokenizer, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true } };
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + " +
  "'<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

async function exportAs(source: string, choice: Partial<ExportTask>): Promise<string> {
  const out = join(folder, 'out');
  await exportModel(
    { model: { path: source, checkpoint: null }, format: 'safetensors', dtype: null, ...ordinary, ...choice, out },
    () => undefined,
  );
  return out;
}

async function ggufOf(out: string): Promise<GgufMetadata> {
  return (await readGguf(join(out, (await readdir(out)).find((name) => name.endsWith('.gguf')) ?? 'none'))).metadata;
}

async function writeByteLevelModel(): Promise<void> {
  await writeTinyModel(folder);
  await writeJson(folder, 'tokenizer.json', byteLevel);
}

describe('the prompt format of a run goes into every export', () => {
  it.each(['pku', 'plain'] as const)(
    '%s: the exported folder makes the prompts of the run by itself',
    async (template) => {
      const run = await openEngineModel(sampleModel, template);
      const exported = await openEngineModel(await exportAs(sampleModel, { template }), 'model');
      expect(exported.template.name).toBe('model');
      expect(exported.encoder.encodePrompt(question)).toEqual(run.encoder.encodePrompt(question));
    },
  );

  it.skipIf(!hasData).each(['pku', 'plain'] as const)(
    '%s, with a SentencePiece tokenizer that puts a space before the first text',
    async (template) => {
      const source = join(dataFolder, 'models/stories260K-hf');
      const run = await openEngineModel(source, template);
      const exported = await openEngineModel(await exportAs(source, { template }), 'model');
      expect(exported.encoder.encodePrompt(question)).toEqual(run.encoder.encodePrompt(question));
    },
  );

  it('is in both places where programs look, over what the start model had, and in the GGUF file', async () => {
    await writeByteLevelModel();
    await writeFile(join(folder, 'chat_template.jinja'), chatMl);
    await writeJson(folder, 'tokenizer_config.json', {
      bos_token: '<s>',
      eos_token: '</s>',
      add_bos_token: true,
      chat_template: chatMl,
      name_or_path: '/home/someone/model',
    });
    const out = await exportAs(folder, { template: 'pku' });
    const jinja = await readFile(join(out, 'chat_template.jinja'), 'utf8');
    expect(jinja).toContain('BEGINNING OF CONVERSATION');
    expect(JSON.parse(await readFile(join(out, 'tokenizer_config.json'), 'utf8'))).toEqual({
      bos_token: '<s>',
      eos_token: '</s>',
      add_bos_token: true,
      chat_template: jinja,
    });
    await rm(out, { recursive: true });
    expect(
      (await ggufOf(await exportAs(folder, { template: 'pku', format: 'gguf' }))).get('tokenizer.chat_template')?.value,
    ).toBe(jinja);
  });

  it('of several named templates, stays as it was', async () => {
    await writeByteLevelModel();
    const named = [
      { name: 'default', template: chatMl },
      { name: 'tool_use', template: 'tools' },
    ];
    await writeJson(folder, 'tokenizer_config.json', { bos_token: '<s>', eos_token: '</s>', chat_template: named });
    const out = await exportAs(folder, {});
    expect(JSON.parse(await readFile(join(out, 'tokenizer_config.json'), 'utf8')).chat_template).toEqual(named);
    expect(await readdir(out)).not.toContain('chat_template.jinja');
  });
});

describe('Modelfile', () => {
  const special = { bos: '<s>', eos: '</s>', pad: null, unk: null };

  it('has the template in Go, what ends an answer, and the window', async () => {
    await writeByteLevelModel();
    await writeJson(folder, 'config.json', {
      ...tinyConfig,
      model_type: 'mistral',
      architectures: ['MistralForCausalLM'],
      sliding_window: 24,
    });
    await writeFile(join(folder, 'chat_template.jinja'), `{{ bos_token }}${chatMl}`);
    const modelfile = await readFile(
      join(await exportAs(folder, { format: 'gguf', baseModel: 'org/Small-1B' }), 'Modelfile'),
      'utf8',
    );
    expect(modelfile.split('\n')).toEqual([
      'FROM ./Small-1B-safedpo-F32.gguf',
      String.raw`TEMPLATE """{{ if .System }}{{ "<|im_start|>system\n" }}{{ .System }}` +
        String.raw`{{ "<|im_end|>\n<|im_start|>user\n" }}{{ else }}{{ "<|im_start|>user\n" }}{{ end }}` +
        String.raw`{{ $asked := false }}{{ range .Messages }}{{ if eq .Role "user" }}` +
        String.raw`{{ if $asked }}{{ "<|im_end|>\n<|im_start|>user\n" }}{{ end }}` +
        String.raw`{{ $asked = true }}{{ .Content }}{{ "<|im_end|>\n<|im_start|>assistant\n" }}` +
        String.raw`{{ else if eq .Role "assistant" }}{{ .Content }}{{ end }}{{ end }}"""`,
      'PARAMETER stop "</s>"',
      'PARAMETER num_ctx 24',
      '',
    ]);
  });

  it('keeps a BOS that the template alone writes, as SmolLM2 has it', async () => {
    await writeByteLevelModel();
    await writeJson(folder, 'tokenizer_config.json', { bos_token: '<s>', eos_token: '</s>', add_bos_token: false });
    await writeFile(join(folder, 'chat_template.jinja'), `{{ bos_token }}${chatMl}`);
    const out = await exportAs(folder, { format: 'gguf' });
    expect(await readFile(join(out, 'Modelfile'), 'utf8')).toContain(String.raw`{{ "<s><|im_start|>user\n" }}`);
    expect((await ggufOf(out)).get('tokenizer.ggml.add_bos_token')?.value).toBe(false);
  });

  it('leaves out a template that Go cannot give in pieces', () => {
    const counted =
      '{% for message in messages %}[{{ loop.index }}/{{ messages | length }}]{{ message.content }}{% endfor %}';
    expect(ollamaTemplate(compileTemplate(counted, special), null)).toBeNull();
    expect(ollamaTemplate(compileTemplate("{{ raise_exception('no') }}", special), null)).toBeNull();
  });

  it('takes no system message where the template refuses one', () => {
    const strict =
      "{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no system') }}{% " +
      'endif %}{{ message.content }}|{% endfor %}';
    expect(ollamaTemplate(compileTemplate(strict, special), null)).not.toContain('.System');
  });
});

describe('tokens that begin and end texts in a GGUF file', () => {
  const ids = (metadata: GgufMetadata) =>
    Object.fromEntries(
      ['bos', 'eos', 'eot', 'padding', 'unknown'].map((name) => [
        name,
        metadata.get(`tokenizer.ggml.${name}_token_id`)?.value,
      ]),
    );

  it('come from config.json where the tokenizer says nothing', async () => {
    await writeByteLevelModel();
    await writeJson(folder, 'tokenizer_config.json', {});
    await writeJson(folder, 'config.json', {
      ...tinyConfig,
      bos_token_id: 2,
      eos_token_id: 3,
      pad_token_id: 4,
      unk_token_id: 99,
    });
    expect(ids(await ggufOf(await exportAs(folder, { format: 'gguf' })))).toEqual({
      bos: 2,
      eos: 3,
      eot: undefined,
      padding: 4,
      unknown: undefined,
    });
  });

  it('of several ends, the one that training appends is EOS and another has its own key', async () => {
    await writeByteLevelModel();
    await writeJson(folder, 'generation_config.json', { eos_token_id: [5, 1] });
    expect(ids(await ggufOf(await exportAs(folder, { format: 'gguf' })))).toMatchObject({ bos: 0, eos: 1, eot: 5 });
  });

  it.each([
    { what: 'writes BOS', source: `{{ bos_token }}${chatMl}`, adds: true },
    { what: 'leaves BOS out', source: chatMl, adds: false },
  ])('a template that $what: add_bos_token $adds', async ({ source, adds }) => {
    await writeByteLevelModel();
    await writeFile(join(folder, 'chat_template.jinja'), source);
    expect((await ggufOf(await exportAs(folder, { format: 'gguf' }))).get('tokenizer.ggml.add_bos_token')?.value).toBe(
      adds,
    );
  });

  it.skipIf(!hasData)('of a folder that names them in config.json alone are what gguf-py writes', async () => {
    const source = join(dataFolder, '..', 'cases', 'gguf-without-eos', 'model');
    expect(ids(await ggufOf(await exportAs(source, { format: 'gguf' })))).toMatchObject({ bos: 256, eos: 257 });
  });
});

describe('names', () => {
  const cache = '/home/someone/.cache/huggingface/hub/models--org--Some--Model-1B/snapshots/abc';
  it.each([
    {
      what: 'the cache',
      dir: '/x/models--org--name-1B/snapshots/abc',
      raw: {},
      stated: null,
      baseId: 'org/name-1B',
      name: 'name-1B-safedpo',
    },
    {
      what: 'config.json',
      dir: '/x/abc',
      raw: { _name_or_path: 'org/name' },
      stated: null,
      baseId: 'org/name',
      name: 'name-safedpo',
    },
    {
      what: 'a person',
      dir: '/x/models--org--name/snapshots/abc',
      raw: {},
      stated: 'me/mine',
      baseId: 'me/mine',
      name: 'mine-safedpo',
    },
    {
      what: 'nobody',
      dir: '/x/llama',
      raw: { _name_or_path: '/home/someone/llama' },
      stated: null,
      baseId: null,
      name: 'llama-safedpo',
    },
    { what: 'a cache entry that is no id', dir: cache, raw: {}, stated: null, baseId: null, name: 'abc-safedpo' },
  ])('$what says it', ({ dir, raw, stated, baseId, name }) =>
    expect(publishedName(dir, raw, stated)).toMatchObject({ baseId, name }),
  );

  it('are in the GGUF file and in the adapter, without a path', async () => {
    await writeByteLevelModel();
    const metadata = await ggufOf(await exportAs(folder, { format: 'gguf', baseModel: 'org/name' }));
    expect(['general.name', 'general.base_model.0.repo_url'].map((key) => metadata.get(key)?.value)).toEqual([
      'name-safedpo',
      'https://huggingface.co/org/name',
    ]);
  });

  it("the card's head has ids of the Hub and the start model's licence alone", async () => {
    await writeFile(
      join(folder, 'README.md'),
      '---\nlicense: apache-2.0\nbase_model: other/thing\n---\n# x\nlicense: mit\n',
    );
    const licence = await statedLicence(folder);
    const head = frontMatter({
      format: 'peft',
      published: publishedName('/home/someone/llama', {}, 'org/llama'),
      licence,
      datasets: [{ name: 'org/data' }, { name: 'pairs.jsonl' }],
    });
    expect(head.split('\n')).toEqual([
      '---',
      'base_model: org/llama',
      'base_model_relation: adapter',
      'library_name: peft',
      'pipeline_tag: text-generation',
      'license: apache-2.0',
      'datasets:',
      '- org/data',
      'tags: [safedpo, preference-optimization, safety]',
      '---',
    ]);
    expect(await statedLicence(join(folder, 'nowhere'))).toEqual([]);
  });
});

it.each([
  { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], asks: { attention_bias: true }, says: /biases/ },
  {
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    asks: { use_sliding_window: true, sliding_window: 24, max_window_layers: 0 },
    says: /window of 24/,
  },
])('$model_type that llama.cpp would load otherwise or not at all is refused', ({ says, asks, ...family }) => {
  const config = (changes: object) => parseDecoderConfig({ ...tinyConfig, ...family, ...changes }, 'config.json');
  expect(() => requireGgufModel(config(asks))).toThrow(says);
  expect(() => requireGgufModel(config({}))).not.toThrow();
});

it('a template that takes no single question has no example and keeps the tokenizer’s BOS', async () => {
  await writeByteLevelModel();
  await writeFile(join(folder, 'chat_template.jinja'), "{{ raise_exception('never') }}");
  const { template, tokenizer } = await openEngineModel(folder, 'model');
  expect(promptFormat(template, tokenizer)).toMatchObject({ example: '', beginsWithBos: true });
});
