/**
 * Compares the tokens of real tokenizers and templates with those of transformers and TRL: `npm run test:tokens`. Needs
 * Python with both (`PYTHON`, else python3) and the data beside the checkout; without them it says so and is skipped.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Failure } from '../../native-models/failure.ts';
import { loadTemplate } from '../../native-models/text/chat-template.ts';
import { createPairEncoder, type PairEncoder, unlimitedLength } from '../../native-models/text/encode-pair.ts';
import { loadTokenizer, type Tokenizer } from '../../native-models/text/tokenizer.ts';
import { comparePairs } from './compare-tokens.ts';

const data = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const python = process.env['PYTHON'] ?? 'python3';
const ids = z.array(z.int());
const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const rowSchema = z.object({
  tokenizer: z.string(),
  template: z.string(),
  case: z.string(),
  messages: z.array(message),
  answers: z.tuple([z.string(), z.string()]),
  ids: z.object({ promptIds: ids, chosenIds: ids, rejectedIds: ids }).nullable(),
});
type Row = z.infer<typeof rowSchema>;

/**
 * What a row came to. All but the last are as they should be or chosen (docs/adr/0010): the same tokens; the same but
 * for the end of the answer; a template that refuses the messages, or writes the prompt otherwise once it is answered;
 * an answer whose first token takes in the whole prompt; a text with bytes that the vocabulary lacks.
 */
const outcomes = ['equal', 'end', 'both refuse', 'prompt rewritten', 'no prompt', 'text refused', 'different'] as const;
type Outcome = (typeof outcomes)[number];

interface Text {
  readonly tokenizer: Tokenizer;
  readonly encoder: PairEncoder;
}

function judge({ messages, answers: [chosen, rejected], ids: theirs }: Row, { tokenizer, encoder }: Text): Outcome {
  try {
    const ours = encoder.encodePair({ prompt: messages, chosen, rejected }, unlimitedLength);
    const ends = { ids: new Set([tokenizer.eosId ?? -1]), eosId: tokenizer.eosId, decode: tokenizer.decode };
    return theirs === null ? 'different' : comparePairs(ours, theirs, ends);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (theirs === null && error.code === 'chat-template-refused') return 'both refuse';
    if (error.code === 'chat-template-rewrites-prompt') return 'prompt rewritten';
    if (error.code === 'tokenizer-form-not-supported') return 'text refused';
    return error.code === 'prompt-empty' && theirs?.promptIds.length === 0 ? 'no prompt' : 'different';
  }
}

/** Opens the tokenizers and templates of a folder, one of each at a time: rows come in their order. */
class Opened {
  readonly refused = new Map<string, string>();
  readonly #folder: string;
  readonly #templates: { readonly [name: string]: string };
  #tokenizer: { readonly name: string; readonly loaded: Tokenizer | null } = { name: '', loaded: null };
  #text: { readonly key: string; readonly text: Text | null } = { key: '', text: null };

  constructor(folder: string) {
    this.#folder = folder;
    this.#templates = z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(join(folder, 'templates.json'), 'utf8')));
  }

  /** `null` for a tokenizer that is refused. */
  async text({ tokenizer: name, template }: Row): Promise<Text | null> {
    if (this.#tokenizer.name !== name) this.#tokenizer = { name, loaded: await this.#load(name) };
    const key = `${name}: ${template}`;
    const { loaded } = this.#tokenizer;
    if (this.#text.key !== key)
      this.#text = { key, text: loaded === null ? null : await this.#encoder(name, template, loaded) };
    return this.#text.text;
  }

  async #load(name: string): Promise<Tokenizer | null> {
    try {
      return await loadTokenizer(join(this.#folder, name));
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'tokenizer-form-not-supported')) throw error;
      this.refused.set(name, error.message);
      return null;
    }
  }

  async #encoder(name: string, template: string, tokenizer: Tokenizer): Promise<Text> {
    const dir = join(this.#folder, name);
    const own = this.#templates[template];
    if (own !== undefined) writeFileSync(join(dir, 'chat_template.jinja'), own);
    const choice = template === 'plain' || template === 'pku' ? template : 'model';
    return {
      tokenizer,
      encoder: createPairEncoder(tokenizer, await loadTemplate(dir, choice, new Date('2025-07-10T12:00:00Z')), []),
    };
  }
}

async function compare(folder: string): Promise<number> {
  const opened = new Opened(folder);
  const counts = new Map<string, Record<Outcome, number>>();
  const notable = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(join(folder, 'rows.jsonl')) })) {
    const row = rowSchema.parse(JSON.parse(line));
    const text = await opened.text(row);
    if (text === null) continue;
    const outcome = judge(row, text);
    const count = counts.get(row.tokenizer) ?? {
      equal: 0,
      end: 0,
      'both refuse': 0,
      'prompt rewritten': 0,
      'no prompt': 0,
      'text refused': 0,
      different: 0,
    };
    count[outcome] += 1;
    counts.set(row.tokenizer, count);
    const named =
      outcome === 'different'
        ? `different: ${row.tokenizer}, ${row.template}, ${row.case}`
        : `${outcome}: ${row.template}`;
    if (!['equal', 'end', 'both refuse'].includes(outcome)) notable.set(named, (notable.get(named) ?? 0) + 1);
  }
  for (const message of opened.refused.values()) console.log(`refused: ${message}`);
  console.table(Object.fromEntries(counts));
  for (const [what, rows] of notable) console.log(`${what} (${rows})`);
  return [...counts.values()].reduce((sum, { different }) => sum + different, 0);
}

function missing(): string | null {
  if (!existsSync(data)) return `${data} does not exist`;
  const { status } = spawnSync(python, ['-c', 'import transformers, trl']);
  return status === 0 ? null : `${python} has no transformers and trl (set PYTHON)`;
}

const why = missing();
if (why !== null) {
  console.warn(`SKIPPED: token ids against transformers and TRL, because ${why}.`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'real-tokens-'));
  try {
    const made = spawnSync(
      python,
      ['-W', 'ignore', fileURLToPath(new URL('real_tokens.py', import.meta.url)), data, join(folder, 'made')],
      { stdio: 'inherit' },
    );
    if (made.status !== 0) throw new Error(`${python} ended with ${made.status ?? made.signal ?? 'no code'}`);
    const different = await compare(join(folder, 'made'));
    console.log(different === 0 ? 'No difference but those of docs/adr/0010.' : `${different} rows differ.`);
    process.exitCode = different === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
