import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTensor } from '../../native-models/formats/safetensors/read.ts';
import { readStateDict } from '../../native-models/formats/pytorch/state-dict.ts';
import { hashModelFolder, openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { workFolder } from './cli-harness.ts';
import { runEngine, writeRandomModel, writeRun } from './engine-run.ts';
import { pickle, stateDict, tensor, torchFile, tupleOf, zip } from './torch-zip.ts';

const work = workFolder();
afterAll(() => work.remove());
let made = 0;
async function write(bytes: Uint8Array): Promise<string> {
  const file = join(work.path, `weights-${made++}.bin`);
  await writeFile(file, bytes);
  return file;
}

it('finds tensors where they lie, views and shared storages too', async () => {
  const file = await write(
    torchFile(
      stateDict(
        ['whole', tensor()],
        ['row', tensor({ first: 3, shape: [3], strides: [1] })],
        [
          'parameter',
          Buffer.concat([
            pickle.global('torch._utils', '_rebuild_parameter'),
            tupleOf(tensor(), pickle.true),
            pickle.reduce,
          ]),
        ],
        ['one', tensor({ first: 5, shape: [], strides: [] })],
      ),
      { name: 'archive/byteorder', data: Buffer.from('little') },
    ),
  );
  const read = await readStateDict(file);
  const numbers = await Promise.all(
    read.map(async (entry) => [entry.name, entry.shape, [...(await readTensor(entry))]]),
  );
  expect(numbers).toEqual([
    ['whole', [2, 3], [0, 1, 2, 3, 4, 5]],
    ['row', [3], [3, 4, 5]],
    ['parameter', [2, 3], [0, 1, 2, 3, 4, 5]],
    ['one', [], [5]],
  ]);
});

/** A model folder whose weights are in pytorch_model.bin, in one file or in two shards. */
async function asPickles(source: string, folder: string, shards: number): Promise<void> {
  await mkdir(folder);
  await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) =>
      copyFile(join(source, name), join(folder, name)),
    ),
  );
  const tensors = [...(await openModelFolder(source)).tensors.values()];
  const weightMap: { [name: string]: string } = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = shards === 1 ? 'pytorch_model.bin' : `pytorch_model-0000${shard + 1}-of-0000${shards}.bin`;
    const members = tensors.filter((_, index) => index % shards === shard);
    const data = await Promise.all(members.map(async (entry) => Buffer.from((await readTensor(entry)).buffer)));
    const dict = stateDict(
      ...members.map(({ name: tensorName, shape }, index): [string, Buffer] => {
        weightMap[tensorName] = name;
        const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
        return [tensorName, tensor({ key: String(index), count: (data[index]?.length ?? 0) / 4, shape, strides })];
      }),
    );
    const storages = data.map((bytes, index) => ({ name: `archive/data/${index}`, data: bytes }));
    await writeFile(join(folder, name), zip([{ name: 'archive/data.pkl', data: dict }, ...storages]));
  }
  if (shards > 1)
    await writeFile(join(folder, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: weightMap }));
}

it.each([1, 2])(
  'a model in %i files of PyTorch trains as its safetensors do',
  async (shards) => {
    const [source, folder] = [join(work.path, `source-${shards}`), join(work.path, `pickles-${shards}`)];
    await writeRandomModel(source);
    await asPickles(source, folder, shards);
    const files = Object.keys(await hashModelFolder(folder));
    expect(files.filter((name) => name.endsWith('.bin'))).toHaveLength(shards);
    const layout = new Set((await openModelFolder(folder)).layout.fileOf.values());
    expect([...layout].every((name) => name.endsWith('.safetensors') && !name.includes('pytorch'))).toBe(true);
    const losses = await Promise.all(
      [source, folder].map(async (model, index) => {
        const run = join(work.path, `run-${shards}-${index}`);
        await writeRun(run, model, { epochs: 1 });
        expect(await runEngine(run)).toMatchObject({ code: 0 });
        const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).split('\n').filter((line) => line !== '');
        return lines.map((line) => JSON.parse(line)).flatMap((event) => (event.event === 'step' ? [event.loss] : []));
      }),
    );
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[0]?.length).toBeGreaterThan(1);
  },
  60_000,
);

const proof = join(work.path, 'executed');
const call = (module: string, name: string, argument = `touch ${proof}`): Buffer =>
  Buffer.concat([
    pickle.start,
    pickle.global(module, name),
    tupleOf(pickle.text(argument)),
    pickle.reduce,
    pickle.stop,
  ]);
const plain = stateDict(['a', tensor()]);
const ints = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => pickle.int(1)));
const long = (length: number): Buffer => Buffer.concat([Buffer.from([0x8a, length]), Buffer.alloc(length, 0x7f)]);

const hostile: readonly (readonly [what: string, bytes: Buffer, says: RegExp])[] = [
  ['a pickle that calls os.system', torchFile(call('os', 'system')), /"os.system"/],
  ['a pickle that calls posix.system', torchFile(call('posix', 'system')), /"posix.system"/],
  ['a pickle that calls subprocess.Popen', torchFile(call('subprocess', 'Popen')), /"subprocess.Popen"/],
  ['a pickle that calls eval', torchFile(call('builtins', 'eval', '1+1')), /"builtins.eval"/],
  ['a pickle that calls exec', torchFile(call('__builtin__', 'exec')), /"__builtin__.exec"/],
  ['a pickle that calls torch.load', torchFile(call('torch', 'load')), /"torch.load"/],
  ['a pickle that calls getattr', torchFile(call('builtins', 'getattr')), /"builtins.getattr"/],
  ['a pickle that imports a module', torchFile(call('importlib', 'import_module')), /"importlib.import_module"/],
  ['names of JavaScript', torchFile(call('constructor', 'prototype')), /"constructor.prototype"/],
  [
    'a whole module',
    torchFile(
      stateDict(['a', Buffer.concat([pickle.global('torch.nn.modules.linear', 'Linear'), tupleOf(), pickle.reduce])]),
    ),
    /Linear/,
  ],
  [
    'a new object (INST)',
    torchFile(Buffer.concat([pickle.start, pickle.mark, Buffer.from('ios\nsystem\n'), pickle.stop])),
    /instruction 0x69/,
  ],
  [
    'a new object (OBJ)',
    torchFile(Buffer.concat([pickle.start, pickle.mark, Buffer.from('o'), pickle.stop])),
    /instruction 0x6f/,
  ],
  [
    'a new object (NEWOBJ)',
    torchFile(Buffer.concat([pickle.start, Buffer.from([0x81]), pickle.stop])),
    /instruction 0x81/,
  ],
  [
    'an extension code',
    torchFile(Buffer.concat([pickle.start, Buffer.from([0x82, 1]), pickle.stop])),
    /instruction 0x82/,
  ],
  [
    'a reference by text',
    torchFile(Buffer.concat([pickle.start, Buffer.from('Pkey\n'), pickle.stop])),
    /instruction 0x50/,
  ],
  [
    'a call of a text',
    torchFile(Buffer.concat([pickle.start, pickle.text('os.system'), tupleOf(), pickle.reduce, pickle.stop])),
    /no name/,
  ],
  [
    'a call of an allowed name with another thing',
    torchFile(
      Buffer.concat([
        pickle.start,
        pickle.global('collections', 'OrderedDict'),
        tupleOf(pickle.list),
        pickle.reduce,
        pickle.stop,
      ]),
    ),
    /OrderedDict/,
  ],
  [
    'a state given to a tensor',
    torchFile(stateDict(['a', Buffer.concat([tensor(), pickle.dict, pickle.build])])),
    /state/,
  ],
  [
    'a pickle that takes what is not there',
    torchFile(Buffer.concat([pickle.start, pickle.reduce, pickle.stop])),
    /not there/,
  ],
  [
    'a pickle that reaches below a mark',
    torchFile(Buffer.concat([pickle.start, pickle.dict, pickle.mark, pickle.reduce, pickle.stop])),
    /not there/,
  ],
  [
    'a value that was never remembered',
    torchFile(Buffer.concat([pickle.start, Buffer.from([0x68, 9]), pickle.stop])),
    /remembered/,
  ],
  ['a pickle without an end', torchFile(Buffer.concat([pickle.start, ints(50)])), /cut short/],
  [
    'a text longer than the file',
    torchFile(Buffer.concat([pickle.start, Buffer.from([0x58, 255, 255, 255, 255])])),
    /cut short/,
  ],
  ['a number of 200 bytes', torchFile(Buffer.concat([pickle.start, long(200), pickle.stop])), /200 bytes/],
  ['a pickle of a number', torchFile(Buffer.concat([pickle.start, pickle.int(1), pickle.stop])), /dict of tensors/],
  ['an entry that is no tensor', torchFile(stateDict(['a', pickle.int(1)])), /"a", which is no tensor/],
  ['a nested state dict', torchFile(stateDict(['state_dict', Buffer.concat([pickle.dict])])), /"state_dict"/],
  ['a tensor beyond its storage', torchFile(stateDict(['a', tensor({ first: 1 })])), /storage of 6 numbers/],
  ['a tensor before its storage', torchFile(stateDict(['a', tensor({ first: -1 })])), /whole numbers/],
  [
    'a shape beyond every memory',
    torchFile(stateDict(['a', tensor({ shape: [2147483647, 2147483647], strides: [2147483647, 1] })])),
    /storage of 6 numbers/,
  ],
  ['a transposed view', torchFile(stateDict(['a', tensor({ shape: [3, 2], strides: [1, 3] })])), /one after the other/],
  [
    'a view that repeats a number',
    torchFile(stateDict(['a', tensor({ shape: [100], strides: [0] })])),
    /one after the other/,
  ],
  ['a storage that is longer than its entry', torchFile(stateDict(['a', tensor({ count: 600 })])), /2400 bytes/],
  ['a storage that is not there', torchFile(stateDict(['a', tensor({ key: '../../etc/passwd' })])), /passwd/],
  [
    'a type of storage that is not known',
    torchFile(stateDict(['a', tensor({ type: ['torch', 'ComplexFloatStorage'] })])),
    /ComplexFloat/,
  ],
  [
    'numbers of a big-endian machine',
    torchFile(plain, { name: 'archive/byteorder', data: Buffer.from('big') }),
    /byte order "big"/,
  ],
  ['a compressed entry', torchFile(plain, { name: 'archive/x', data: Buffer.alloc(8), method: 8 }), /compressed/],
  ['an encrypted entry', torchFile(plain, { name: 'archive/x', data: Buffer.alloc(8), flags: 1 }), /encrypted/],
  [
    'an entry beyond the file',
    torchFile(plain, { name: 'archive/x', data: Buffer.alloc(8), statedBytes: 1e9 }),
    /beyond the file/,
  ],
  [
    'an entry that begins beyond the file',
    torchFile(plain, { name: 'archive/x', data: Buffer.alloc(8), statedOffset: 1e9 }),
    /beyond the file/,
  ],
  ['an entry twice', torchFile(plain, { name: 'archive/data/0', data: Buffer.alloc(24) }), /two entries/],
  ['an archive without a pickle', zip([{ name: 'archive/version', data: Buffer.from('3') }]), /no data.pkl/],
  ['an archive that is cut short', torchFile(plain).subarray(0, 200), /cut short/],
  [
    'a list of entries that breaks off',
    Buffer.concat([torchFile(plain).subarray(0, -40), torchFile(plain).subarray(-22)]),
    /breaks off|not where|beyond|cut short/,
  ],
  ['an empty file', Buffer.alloc(0), /no archive/],
  ['a page of the web', Buffer.from('<!DOCTYPE html><html>Access denied</html>'), /no archive/],
];

describe('files of PyTorch that ask for more than weights', () => {
  it('are more than thirty', () => expect(hostile.length).toBeGreaterThan(30));

  it.each(hostile)('%s is refused', async (_, bytes, says) => {
    const file = await write(bytes);
    await expect(readStateDict(file)).rejects.toMatchObject({
      kind: 'input',
      code: 'pytorch-file-refused',
      message: expect.stringMatching(says),
    });
    expect(existsSync(proof)).toBe(false);
  });

  it('a file of before PyTorch 1.6 is told what it is', async () => {
    const file = await write(Buffer.from([0x80, 2, 0x8a, 0x0a]));
    await expect(readStateDict(file)).rejects.toMatchObject({ code: 'pytorch-file-old' });
  });

  it('a Git LFS pointer is told what it is', async () => {
    const file = await write(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'));
    await expect(readStateDict(file)).rejects.toMatchObject({ code: 'weights-are-lfs-pointer' });
  });

  it('a name of 30 MB is not repeated in the message', async () => {
    const file = await write(torchFile(call('x'.repeat(30e6), 'y')));
    const failure = await readStateDict(file).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'pytorch-file-refused', message: expect.stringMatching(/^.{0,600}$/s) });
  });

  it.each([
    ['15 million empty dicts', Buffer.alloc(15e6, '}')],
    ['lists in lists without end', Buffer.alloc(18e6, Buffer.from([0x5d, 0x71, 0, 0x68, 0, 0x61]))],
  ])('%s are refused in little memory', async (_, values) => {
    const before = process.memoryUsage().rss;
    const file = await write(torchFile(Buffer.concat([pickle.start, pickle.dict, values, pickle.stop])));
    await expect(readStateDict(file)).rejects.toMatchObject({
      code: 'pytorch-file-refused',
      message: expect.stringContaining('more than'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });
});
