import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../failure.ts';
import { isNotFound, parseFields, readOptionalJsonFile } from '../files/json-file.ts';
import { readPlainFile } from '../files/plain-file.ts';
import { compileJinja } from './jinja/compile.ts';
import { readTokenizerSettings, type SpecialTokens, type TokenizerSettings } from './special-tokens.ts';
import type { TemplateName } from '../vocabulary/lists.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** Makes one text of a conversation. */
export interface ChatTemplate {
  /** What is used: `plain` where `model` was asked of a model without a template. */
  readonly name: TemplateName;
  /** The Jinja text, to show and to hash. */
  readonly source: string;
  /** Where the text comes from: a file, or "built in". */
  readonly origin: string;
  /** With `addGenerationPrompt` the text ends where the assistant's answer begins. Throws `chat-template-refused`. */
  render(messages: readonly ChatMessage[], options: { readonly addGenerationPrompt: boolean }): string;
}

/**
 * The prompt of safe-rlhf (constants.py and its preference datasets): no space after `ASSISTANT:`, the
 * answer follows directly, EOS closes each assistant turn. A system message has no place in it.
 */
const pkuTemplate =
  `BEGINNING OF CONVERSATION: {% for message in messages %}{% if message.role == 'user' %}USER: {{ ` +
  `message.content }} {% elif message.role == 'assistant' %}ASSISTANT:{{ message.content }}{{ eos_token or '' ` +
  `}}{% else %}{{ raise_exception('the PKU template has only user and assistant turns') }}{% endif %}{% endfor ` +
  '%}{% if add_generation_prompt %}ASSISTANT:{% endif %}';

/**
 * For models that never saw a chat format. One user message is the text itself, and the answer follows it; longer
 * conversations name the speakers (docs/adr/0010-templates-and-tokens.md).
 */
const plainTemplate =
  `{% set single = messages[0].role == 'user' and (messages | length == 1 or (messages | length == 2 and ` +
  `messages[1].role == 'assistant')) %}{% if single %}{% for message in messages %}{{ message.content }}{% ` +
  `endfor %}{% else %}{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}{{ '' ` +
  `if loop.last and message.role == 'assistant' else '\\n\\n' }}{% endfor %}{% if add_generation_prompt ` +
  '%}Assistant:{% endif %}{% endif %}';

/**
 * The template a run asked for. `model` reads the folder's own (chat_template.jinja, chat_template.json,
 * then tokenizer_config.json, as transformers does) and is `plain` for a folder without one. `clock` is the
 * moment templates with a date see; give a run's creation time to have the same prompts on every day.
 * Throws `chat-template-invalid`, `chat-template-ambiguous` or `tokenizer-config-invalid`.
 */
export async function loadTemplate(dir: string, choice: TemplateName, clock: Date = new Date()): Promise<ChatTemplate> {
  const settings = await readTokenizerSettings(dir);
  const builtIn = (name: 'pku' | 'plain') =>
    compile(name, name === 'pku' ? pkuTemplate : plainTemplate, 'built in', settings.special, clock);
  if (choice !== 'model') return builtIn(choice);
  const own = await findTemplate(dir, settings);
  return own ? compile('model', own.source, own.origin, settings.special, clock) : builtIn('plain');
}

/** A template that is nobody's file. Throws `chat-template-invalid`. */
export function compileTemplate(source: string, special: SpecialTokens): ChatTemplate {
  return compile('model', source, 'built in', special, new Date());
}

function compile(
  name: TemplateName,
  source: string,
  origin: string,
  special: SpecialTokens,
  clock: Date,
): ChatTemplate {
  const render = compileJinja(source, origin === 'built in' ? `template "${name}"` : origin, clock);
  const named = { bos_token: special.bos, eos_token: special.eos, pad_token: special.pad, unk_token: special.unk };
  const tokens = Object.fromEntries(Object.entries(named).filter(([, text]) => text !== null));
  return {
    name,
    source,
    origin,
    render: (messages, { addGenerationPrompt }) =>
      render({
        ...tokens,
        messages: [...messages],
        add_generation_prompt: addGenerationPrompt,
        tools: null,
        documents: null,
      }),
  };
}

async function findTemplate(
  dir: string,
  settings: TokenizerSettings,
): Promise<{ source: string; origin: string } | null> {
  const jinjaFile = join(dir, 'chat_template.jinja');
  const source = await readOptionalText(jinjaFile);
  if (source !== null) return { source, origin: jinjaFile };
  const jsonFile = join(dir, 'chat_template.json');
  const json = await readOptionalJsonFile(jsonFile);
  if (json !== null)
    return {
      source: parseFields(
        z.looseObject({ chat_template: z.string('expected a template') }),
        json,
        jsonFile,
        'chat-template-invalid',
      ).chat_template,
      origin: jsonFile,
    };
  const { chatTemplate, file } = settings;
  if (chatTemplate === null || typeof chatTemplate === 'string')
    return chatTemplate === null ? null : { source: chatTemplate, origin: file };
  const chosen =
    chatTemplate.find(({ name }) => name === 'default') ?? (chatTemplate.length === 1 ? chatTemplate[0] : undefined);
  if (chosen) return { source: chosen.template, origin: file };
  const names = chatTemplate.map(({ name }) => name);
  throw badInput(
    'chat-template-ambiguous',
    `${file}: chat_template has ${names.length} templates (${names.join(', ')}) and none is named ` +
      '"default". Name one of them "default", or choose the template "plain" or "pku".',
    { file, names },
  );
}

/** The longest published templates have a few tens of kilobytes. */
const mostTemplateBytes = 4 * 1024 * 1024;

async function readOptionalText(file: string): Promise<string | null> {
  try {
    return (await readPlainFile(file, mostTemplateBytes)).toString('utf8');
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
