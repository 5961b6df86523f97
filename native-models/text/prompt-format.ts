import { Failure } from '../failure.ts';
import { type ChatMessage, type ChatTemplate, compileTemplate } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

/** How a run's prompts are made, as a template that any program can apply alone. */
export interface PromptFormat {
  /** Writes BOS where a prompt begins with it. */
  readonly template: ChatTemplate;
  /** Whether prompts of the run begin with BOS. */
  readonly beginsWithBos: boolean;
  /** A prompt as text, to show; empty where the template takes no single question. */
  readonly example: string;
}

const question: readonly ChatMessage[] = [{ role: 'user', content: 'How do I open the gate?' }];
const exchange: readonly ChatMessage[] = [
  ...question,
  { role: 'assistant', content: 'Ask its keeper.' },
  { role: 'user', content: 'Who is that?' },
];

/**
 * The format of a run with this template. A model's own template is the format; the texts of the built-in ones get BOS
 * from the tokenizer here, and from the template elsewhere, which is checked to give the same tokens.
 */
export function promptFormat(template: ChatTemplate, tokenizer: Tokenizer): PromptFormat {
  if (template.name !== 'model') return builtInFormat(template, tokenizer);
  const example = attempt(() => render(template, question));
  return {
    template,
    example: example ?? '',
    beginsWithBos: example === null ? tokenizer.addsBos : beginsWith(tokenizer, tokenizer.encode(example)),
  };
}

/** Whether whoever makes tokens of a prompt is to put BOS before it, where it does not stand there already. */
export function addsBos(tokenizer: Tokenizer, { beginsWithBos }: PromptFormat): boolean {
  return tokenizer.addsBos && beginsWithBos;
}

function builtInFormat(template: ChatTemplate, tokenizer: Tokenizer): PromptFormat {
  const probes = [question, exchange];
  const trained = probes.map((messages) => tokenizer.encode(render(template, messages), { addSpecialTokens: true }));
  const beginsWithBos = beginsWith(tokenizer, trained[0] ?? []);
  // Some tokenizers put a space before the first text only, which after a written BOS has to be written, too.
  const starts = beginsWithBos ? ['{{ bos_token }}', "{{ bos_token }}{{ ' ' }}"] : [''];
  const candidates = starts.map((start) => compileTemplate(start + template.source, tokenizer.special));
  const same = candidates.find((candidate) =>
    probes.every((messages, index) => tokenizer.encode(render(candidate, messages)).join() === trained[index]?.join()),
  );
  const exported = same ?? compileTemplate(template.source, tokenizer.special);
  return { template: exported, beginsWithBos, example: render(exported, question) };
}

function render(template: ChatTemplate, messages: readonly ChatMessage[]): string {
  return template.render(messages, { addGenerationPrompt: true });
}

function beginsWith({ bosId }: Tokenizer, ids: readonly number[]): boolean {
  return bosId !== null && ids[0] === bosId;
}

function attempt(work: () => string): string | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
