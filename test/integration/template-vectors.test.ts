import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadTemplate } from '../../native-models/text/chat-template.ts';
import { compileJinja } from '../../native-models/text/jinja/compile.ts';
import { hasData, readData } from './real-data.ts';

const units = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      template: z.string(),
      context: z.record(z.string(), z.unknown()),
      expected: z.string(),
    }),
  ),
});
const chats = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      chat_template: z.string(),
      data: z.record(z.string(), z.unknown()),
      target: z.string(),
    }),
  ),
});
/** The moment at which the expected texts were made. */
const clock = new Date('2025-07-10T12:00:00Z');

/**
 * What huggingface.js expects and Jinja2 3.1.6 does not do: it prints `true` for `True` and lists as JSON, adds numbers
 * to texts, and gives JSON to what is undefined. `npm run test:tokens` compares the real templates with Jinja2 itself.
 */
const otherInJinja2 = new Set([
  'BOOLEAN_LITERALS',
  'LOGICAL_AND',
  'LOGICAL_OR',
  'LOGICAL_NOT',
  'LOGICAL_NOT_NOT',
  'LOGICAL_AND_OR',
  'LOGICAL_AND_NOT',
  'LOGICAL_OR_NOT',
  'LOGICAL_COMBINED',
  'FOR_LOOP_UNPACKING',
  'FOR_LOOP_OBJECTS',
  'BINOP_EXPR',
  'BINOP_EXPR_1',
  'PROPERTIES_1',
  'MEMBERSHIP',
  'MEMBERSHIP_NEGATION_1',
  'MEMBERSHIP_NEGATION_2',
  'MEMBERSHIP_UNDEFINED',
  'UNARY_SIGN_EXPRESSIONS',
  'SUBSTRING_INCLUSION',
  'FILTER_OPERATOR_7',
  'FILTER_OPERATOR_13',
  'FILTER_OPERATOR_14',
  'FILTER_OPERATOR_16',
  'SORT_BASIC_STRINGS',
  'SORT_CASE_SENSITIVE',
  'SORT_CASE_INSENSITIVE',
  'SORT_ATTRIBUTE_SIMPLE',
  'SORT_CHAINED',
  'SORT_STABLE',
  'SORT_POSITIONAL_REVERSE_CASE',
  'SORT_POSITIONAL_ALL',
  'SORT_NULL_VALUES',
  'SORT_UNDEFINED_VALUES',
  'SORT_MIXED_BOOL_NUM',
  'BOOLEAN_NUMERICAL',
  'BOOLEAN_STRINGS',
  'BOOLEAN_MIXED',
  'BOOLEAN_MIXED_2',
  'IS_OPERATOR',
  'IS_OPERATOR_2',
  'IS_OPERATOR_3',
  'IS_OPERATOR_5',
  'IS_OPERATOR_6',
  'SHORT_CIRCUIT',
  'SHORT_CIRCUIT_1',
  'NAMESPACE_1',
  'NAMESPACE_2',
  'OBJECT_OPERATORS',
  'OBJECT_OPERATORS_1',
  'OBJECT_OPERATORS_2',
  'SCOPE',
  'SCOPE_1',
  'MACROS_2',
]);
const otherChatInJinja2 = 'MadeAgents/Hammer2.1';

function render(template: string, name: string, variables: { readonly [name: string]: unknown }): string | null {
  try {
    return compileJinja(template, name, clock)(variables);
  } catch {
    return null;
  }
}

describe.skipIf(!hasData)('Jinja against the cases of huggingface.js', () => {
  it('renders 157 small templates', () => {
    const { cases } = units.parse(JSON.parse(readData('chat_templates/hf-jinja-units.json').toString()));
    expect(cases).toHaveLength(157);
    for (const { name, template, context, expected } of cases)
      expect(render(template, name, context) === expected, name).toBe(!otherInJinja2.has(name));
  });

  it('renders 53 chat templates of real models', () => {
    const { cases } = chats.parse(JSON.parse(readData('chat_templates/hf-jinja-e2e.json').toString()));
    expect(cases).toHaveLength(53);
    for (const { name, chat_template: template, data, target } of cases)
      expect(render(template, name, data) === target, name).toBe(name !== otherChatInJinja2);
  });
});

describe.skipIf(!hasData)('templates found in a folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'template-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const messages = [{ role: 'user', content: 'Hello' }] as const;
  const asked = { addGenerationPrompt: true };

  it('Qwen2.5: in tokenizer_config.json, with its default system prompt', async () => {
    await writeFile(join(folder, 'tokenizer_config.json'), readData('configs/qwen2.5.tokenizer_config.json'));
    const template = await loadTemplate(folder, 'model');
    expect(template.name).toBe('model');
    expect(template.render(messages, asked)).toBe(
      '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful ' +
        'assistant.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('Gemma: chat_template.json goes before tokenizer_config.json, and BOS is its own', async () => {
    await writeFile(
      join(folder, 'tokenizer_config.json'),
      JSON.stringify({ bos_token: '<bos>', chat_template: 'not this one' }),
    );
    await writeFile(join(folder, 'chat_template.json'), readData('configs/gemma-3.chat_template.json'));
    expect((await loadTemplate(folder, 'model')).render(messages, asked)).toBe(
      '<bos><start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\n',
    );
  });

  it('Llama 3.1: chat_template.jinja goes first, and dates come from the clock given', async () => {
    await writeFile(
      join(folder, 'tokenizer_config.json'),
      JSON.stringify({ bos_token: { content: '<|begin_of_text|>' }, chat_template: 'not this one' }),
    );
    await writeFile(
      join(folder, 'chat_template.jinja'),
      readData('chat_templates/meta-llama-Llama-3.1-8B-Instruct.jinja'),
    );
    const rendered = (await loadTemplate(folder, 'model', clock)).render(messages, asked);
    expect(rendered.split('\n').slice(0, 4)).toEqual([
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>',
      '',
      'Cutting Knowledge Date: December 2023',
      'Today Date: 26 Jul 2024',
    ]);
  });
});
