import { execFileSync } from 'node:child_process';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pick, type Random } from '../../native-models/sample/world/random.ts';
import { tinyConfig, tinyTokenizer, tinyTokenizerConfig, writeJson } from '../integration/tiny-model.ts';

/** One way to spoil a model folder that is good otherwise. */
export interface Spoiled {
  readonly kind: string;
  readonly what: string;
  readonly spoil: (folder: string) => Promise<unknown>;
}

const weights = 'model.safetensors';

/** Templates that run for ever or take all memory, and some that are merely wrong. */
const templates: { readonly [what: string]: string } = {
  'a macro that calls itself twice':
    '{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}',
  'three nested loops':
    '{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{{ a }}{% endfor %}{% ' +
    'endfor %}{% endfor %}',
  'a range of ten million': '{% for a in range(10000000) %}{{ a }}{% endfor %}',
  'a text that doubles':
    "{% set ns = namespace(t='aaaaaaaaaaaaaaaa') %}{% for i in range(40) %}{% set ns.t = ns.t ~ ns.t %}{% " +
    'endfor %}{{ ns.t }}',
  'a list that doubles':
    '{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l ' +
    '| length }}',
  'recursion without end': '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
  'ten thousand brackets': `{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}`,
  'an open block': '{% for m in messages %}',
  'an exception': "{{ raise_exception('no') }}",
  'the constructor': "{{ messages.constructor.constructor('return process')() }}",
  'the prototype': "{{ ''.__proto__.polluted }}",
};

const spoiledNumbers: readonly unknown[] = [
  0,
  -1,
  1e308,
  2 ** 31,
  2 ** 53,
  1.5,
  '8',
  null,
  [],
  {},
  true,
  'x'.repeat(1e6),
];
const patterns = ['(\\w+\\s?)+$', '(a+)+b', '([a-z]|[a-n])*!', '(.*)*x', '(?:(?:a|b|c)+)+d'];

/** Every entry at least once, then as many drawn ones as are asked for. */
export function spoiledModels(random: Random, many: number): Spoiled[] {
  const fields = Object.keys(tinyConfig);
  const drawn = [
    (): Spoiled => {
      const [field, value] = [pick(random, fields), pick(random, spoiledNumbers)];
      return {
        kind: 'config',
        what: `${field} is ${JSON.stringify(value).slice(0, 20)}`,
        spoil: (folder) => writeJson(folder, 'config.json', { ...tinyConfig, [field]: value }),
      };
    },
    (): Spoiled => {
      const file = pick(random, ['config.json', 'tokenizer.json', 'tokenizer_config.json', weights]);
      const [place, bits] = [random(), Math.floor(random() * 255) + 1];
      return {
        kind: 'flipped byte',
        what: `${file} at ${place.toFixed(2)}`,
        spoil: (folder) => flip(join(folder, file), place, bits),
      };
    },
    (): Spoiled => {
      const file = pick(random, ['config.json', 'tokenizer.json', 'tokenizer_config.json', weights]);
      const share = random();
      return {
        kind: 'cut short',
        what: `${file} at ${share.toFixed(2)}`,
        spoil: async (folder) => cut(join(folder, file), share),
      };
    },
  ];
  return [...fixed(), ...Array.from({ length: many }, () => pick(random, drawn)())];
}

function fixed(): Spoiled[] {
  return [
    ...Object.entries(templates).map(([what, text]): Spoiled => ({
      kind: 'template',
      what,
      spoil: (folder) => writeFile(join(folder, 'chat_template.jinja'), text),
    })),
    ...patterns.map((pattern): Spoiled => ({
      kind: 'tokenizer',
      what: `split by ${pattern}`,
      spoil: (folder) => slowTokenizer(folder, pattern),
    })),
    ...[1e9, 2 ** 31, -1, 0.5].map((id): Spoiled => ({
      kind: 'tokenizer',
      what: `a token of id ${id}`,
      spoil: (folder) =>
        writeJson(folder, 'tokenizer.json', { ...tinyTokenizer, added_tokens: [{ id, content: 'z' }] }),
    })),
    ...[null, [], 'x', { type: 'Nobody', vocab: {} }, { type: 'BPE', vocab: { a: 'b' }, merges: [1] }].map(
      (model): Spoiled => ({
        kind: 'tokenizer',
        what: `model ${JSON.stringify(model)}`,
        spoil: (folder) => writeJson(folder, 'tokenizer.json', { ...tinyTokenizer, model }),
      }),
    ),
    ...[
      { type: 'Prepend', prepend: '▁' },
      { type: 'Sequence', normalizers: null },
      { type: 'Replace', pattern: { Regex: '(((' }, content: '' },
    ].map((normalizer): Spoiled => ({
      kind: 'tokenizer',
      what: `normalizer ${normalizer.type}`,
      spoil: (folder) => writeJson(folder, 'tokenizer.json', { ...tinyTokenizer, normalizer }),
    })),
    {
      kind: 'tokenizer',
      what: 'deep JSON',
      spoil: (folder) => writeFile(join(folder, 'tokenizer.json'), `${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    },
    ...headers(),
    ...['../../secret.safetensors', '/etc/passwd', 'a\0.safetensors', '/dev/zero', 'x'.repeat(5000)].map(
      (name): Spoiled => ({
        kind: 'index',
        what: JSON.stringify(name).slice(0, 30),
        spoil: async (folder) => {
          await rm(join(folder, weights));
          await writeJson(folder, 'model.safetensors.index.json', { weight_map: { 'model.norm.weight': name } });
        },
      }),
    ),
    ...[
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'chat_template.jinja',
      weights,
      'model.safetensors.index.json',
    ].flatMap((name) => notFiles(name)),
  ];
}

/** Headers of a safetensors file. */
function headers(): Spoiled[] {
  const header = (what: string, length: bigint, text: string): Spoiled => ({
    kind: 'safetensors',
    what,
    spoil: (folder) => writeFile(join(folder, weights), Buffer.concat([littleEndian(length), Buffer.from(text)])),
  });
  const json = (what: string, text: string): Spoiled => header(what, BigInt(Buffer.byteLength(text)), text);
  const tensor = (from: number): string => `{"dtype":"F32","shape":[1],"data_offsets":[${from},${from + 4}]}`;
  return [
    header('length of everything', 2n ** 64n - 1n, '{}'),
    header('length beyond the end', 99_999_999n, '{}'),
    json('no object', '[1]'),
    json('levels without end', `${'['.repeat(2_000_000)}`),
    json('a tensor twice', `{"a":${tensor(0)},"a":${tensor(0)}}`),
    json(
      '100,000 tensors',
      `{${Array.from({ length: 100_000 }, (_, index) => `"t${index}":${tensor(4 * index)}`).join(',')}}`,
    ),
    json('a shape of 2^53', '{"a":{"dtype":"F32","shape":[9007199254740992,9007199254740992],"data_offsets":[0,4]}}'),
    json('its own prototype', `{"__proto__":${tensor(0)},"constructor":${tensor(4)}}`),
  ];
}

function notFiles(name: string): Spoiled[] {
  const instead = (what: string, make: (path: string) => unknown): Spoiled => ({
    kind: 'no plain file',
    what: `${name} is ${what}`,
    spoil: async (folder) => {
      await rm(join(folder, name), { force: true });
      await make(join(folder, name));
    },
  });
  return [
    instead('a pipe', (path) => execFileSync('mkfifo', [path])),
    instead('a link to /dev/zero', (path) => symlink('/dev/zero', path)),
    instead('a link to itself', (path) => symlink(path, path)),
  ];
}

/** Counted only once the model is chosen: `inspect` itself takes such a tokenizer. */
async function slowTokenizer(folder: string, pattern: string): Promise<void> {
  const normalizer = { type: 'Replace', pattern: { Regex: pattern }, content: 'a' };
  await writeJson(folder, 'tokenizer.json', { ...tinyTokenizer, normalizer });
  await writeJson(folder, 'tokenizer_config.json', {
    ...tinyTokenizerConfig,
    chat_template: `{{ '${'abcdefgh'.repeat(8)}!' }}`,
  });
}

async function flip(path: string, place: number, bits: number): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(place * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ bits;
  await writeFile(path, bytes);
}

async function cut(path: string, share: number): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, Math.floor(share * bytes.length)));
}

function littleEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
