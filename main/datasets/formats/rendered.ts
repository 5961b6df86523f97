import type { Message, Role } from '../../../preload/contract/pairs.ts';

/** How a chat template writes turns out: a header names the speaker, a marker ends the turn. */
interface TurnForm {
  readonly name: string;
  /** Header at a place of the text; the first group is the speaker. */
  readonly header: RegExp;
  readonly end: string;
  /** What may stand before the first turn and after the last one. */
  readonly before: string;
  readonly after: readonly string[];
}

const forms: readonly TurnForm[] = [
  {
    name: 'ChatML',
    header: /<\|im_start\|>(system|user|assistant|tool)\n/y,
    end: '<|im_end|>',
    before: '',
    after: ['<|endoftext|>'],
  },
  {
    name: 'Phi-4',
    header: /<\|im_start\|>(system|user|assistant)<\|im_sep\|>/y,
    end: '<|im_end|>',
    before: '',
    after: ['<|endoftext|>'],
  },
  {
    name: 'Llama 3',
    header: /<\|start_header_id\|>(system|user|assistant|ipython)<\|end_header_id\|>\n\n/y,
    end: '<|eot_id|>',
    before: '<|begin_of_text|>',
    after: ['<|end_of_text|>'],
  },
  { name: 'Gemma', header: /<start_of_turn>(user|model)\n/y, end: '<end_of_turn>', before: '<bos>', after: ['<eos>'] },
  {
    name: 'Phi-3',
    header: /<\|(system|user|assistant)\|>\n/y,
    end: '<|end|>',
    before: '<s>',
    after: ['<|endoftext|>'],
  },
  { name: 'Zephyr', header: /<\|(system|user|assistant)\|>\n/y, end: '</s>', before: '<s>', after: [] },
];
const ends = [...new Set(forms.flatMap(({ end, after }) => [end, ...after]))];
const llama2 = /^\s*(?:<s>)?\s*\[INST\]/;
const roles: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['ipython', 'tool'],
]);

/**
 * The name of the chat template that a text was written with: it begins with its first turn, or ends with its marker.
 */
export function renderedForm(text: string): string | null {
  if (!text.includes('<') && !text.includes('[INST]')) return null;
  if (llama2.test(text)) return 'Llama 2';
  const begun = forms.find((form) => headerAt(form, text, startOf(form, text)) !== null);
  if (begun !== undefined) {
    const byEnd = forms.find((form) => headerAt(form, text, startOf(form, text)) !== null && text.includes(form.end));
    return (byEnd ?? begun).name;
  }
  const trimmed = text.trimEnd();
  const closed = ends.find((end) => trimmed.endsWith(end) && !(end === '</s>' && isStruckOut(trimmed)));
  return closed === undefined
    ? null
    : (forms.find(({ end, after }) => end === closed || after.includes(closed))?.name ?? null);
}

/**
 * The turns that a rendered text consists of, with nothing left over; a last turn that was only opened has an empty
 * content. `null`: some of the text belongs to no turn.
 */
export function renderedTurns(text: string): readonly Message[] | null {
  if (llama2.test(text)) return llama2Turns(text);
  for (const form of forms) {
    const turns = turnsOf(form, text);
    if (turns !== null) return turns;
  }
  return null;
}

/** An answer without the marker that ends it, or `null` where it holds other markers. */
export function withoutEnd(text: string): string | null {
  let content = text.trimEnd();
  for (
    let end = ends.find((one) => content.endsWith(one));
    end !== undefined;
    end = ends.find((one) => content.endsWith(one))
  ) {
    content = content.slice(0, -end.length);
    if (ends.some((one) => content.trimEnd().endsWith(one))) content = content.trimEnd();
  }
  return hasMarker(content) ? null : content;
}

function turnsOf(form: TurnForm, text: string): readonly Message[] | null {
  const turns: Message[] = [];
  let at = startOf(form, text);
  while (at < text.length) {
    const header = headerAt(form, text, at);
    if (header === null) break;
    const start = at + header.length;
    const end = text.indexOf(form.end, start);
    const content = text.slice(start, end < 0 ? text.length : end);
    if (hasMarker(content) || (end < 0 && turns.length === 0 && content.trim() !== '')) return null;
    turns.push({ role: header.role, content });
    at = end < 0 ? text.length : afterBreak(text, end + form.end.length);
  }
  const rest = text.slice(at).trim();
  return turns.length > 0 && (rest === '' || form.after.includes(rest)) ? turns : null;
}

function llama2Turns(text: string): readonly Message[] | null {
  const turns: Message[] = [];
  const exchange = /\s*(?:<s>)?\s*\[INST\]([\s\S]*?)\[\/INST\]((?:(?!<\/s>|\[INST\])[\s\S])*)(?:<\/s>)?/y;
  for (let at = 0; at < text.length && text.slice(at).trim() !== ''; at = exchange.lastIndex) {
    exchange.lastIndex = at;
    const match = exchange.exec(text);
    if (match === null) return null;
    const asked = /^\s*(?:<<SYS>>\n([\s\S]*?)\n<<\/SYS>>\n\n)?([\s\S]*)$/.exec(match[1] ?? '');
    if (asked?.[1] !== undefined) turns.push({ role: 'system', content: asked[1] });
    turns.push(
      { role: 'user', content: (asked?.[2] ?? '').trim() },
      { role: 'assistant', content: (match[2] ?? '').trim() },
    );
  }
  return turns.some(({ content }) => hasMarker(content) || /\[\/?INST\]|<<\/?SYS>>/.test(content)) ? null : turns;
}

function headerAt(
  { header }: TurnForm,
  text: string,
  at: number,
): { readonly role: Role; readonly length: number } | null {
  header.lastIndex = at;
  const match = header.exec(text);
  const role = roles.get(match?.[1] ?? '');
  return match === null || role === undefined ? null : { role, length: match[0].length };
}

function startOf({ before }: TurnForm, text: string): number {
  const blanks = text.length - text.trimStart().length;
  return before !== '' && text.startsWith(before, blanks) ? afterBreak(text, blanks + before.length) : blanks;
}

function afterBreak(text: string, at: number): number {
  return text[at] === '\n' ? at + 1 : at;
}

/** HTML's own `<s>...</s>`, which looks like the end marker of Llama 2. */
function isStruckOut(text: string): boolean {
  return text.lastIndexOf('<s>') > 0;
}

function hasMarker(text: string): boolean {
  return (
    ends.some((end) => text.includes(end)) ||
    /<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|<\|(?:system|user|assistant)\|>\n/.test(text)
  );
}
