import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badInput, type Failure } from '../failure.ts';

const whole =
  'Give the folder that holds config.json, the weights (.safetensors or pytorch_model.bin) and tokenizer.json.';
const original =
  "Get the model's original release in safetensors form instead: on the Hugging Face Hub, the repository " +
  'whose file list shows config.json and .safetensors files.';

/** A path that is no folder, told by what it is. */
export async function notAFolder(path: string): Promise<Failure> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const told = !isFile
    ? `${path} is not a folder. ${whole}`
    : path.endsWith('.gguf')
      ? `${path} is a GGUF file: weights made for running a model, mostly rounded, from which it cannot be ` +
        `trained. ${original}`
      : /\.(safetensors|json)$/.test(path)
        ? `${path} is one file of a model. Give the folder it lies in: ${dirname(path)}.`
        : `${path} is a file, not a folder. ${whole}`;
  return badInput('model-folder-not-found', told, { folder: path });
}

/** A folder without config.json, told by what lies there instead. */
export async function withoutConfig(dir: string, cause: unknown): Promise<Failure> {
  const names = await readdir(dir);
  return badInput(
    'config-missing',
    `${dir} has no config.json${await describe(dir, names)}`,
    { folder: dir },
    { cause },
  );
}

async function describe(dir: string, names: readonly string[]): Promise<string> {
  if (names.includes('adapter_config.json'))
    return (
      '. It holds a PEFT adapter, which is only the difference to a base model. Choose the folder of that ' +
      'base model (base_model_name_or_path in adapter_config.json names it), or of a model into which the ' +
      'adapter was merged.'
    );
  if (names.includes('snapshots')) {
    const snapshots = (await readdir(join(dir, 'snapshots'))).sort();
    const choices = snapshots.map((name) => join(dir, 'snapshots', name)).join(' or ');
    return (
      '. It is an entry of the Hugging Face cache; the model lies in a folder below it. Choose ' +
      `${choices === '' ? 'a folder in "snapshots" once the download is complete' : choices}.`
    );
  }
  const gguf = names.find((name) => name.endsWith('.gguf'));
  if (gguf !== undefined)
    return (
      `. It holds ${gguf}, made for running a model, mostly with rounded weights, from which it cannot be ` +
      `trained. ${original}`
    );
  if (names.includes('params.json') || names.some((name) => name.startsWith('consolidated.')))
    return `. It holds the model in its maker's own form (params.json, consolidated.*). ${original}`;
  const inner = await findInner(dir, names);
  if (inner !== null) return `. The model lies in a folder below it. Choose ${inner}.`;
  return `, so it is not a model folder. ${whole}`;
}

/** The one folder directly below that has a config.json. */
async function findInner(dir: string, names: readonly string[]): Promise<string | null> {
  for (const name of names.slice(0, 100))
    if (
      await stat(join(dir, name, 'config.json')).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return join(dir, name);
  return null;
}

/** A folder without the weights that are looked for, told by which others lie there. */
export async function withoutWeights(dir: string, wanted: string): Promise<Failure> {
  const names = await readdir(dir);
  const shard = names.find((name) => /-\d+-of-\d+\.(safetensors|bin)$/.test(name));
  const index = shard?.endsWith('.bin') === true ? 'pytorch_model.bin.index.json' : `${wanted}.index.json`;
  const pickle = names.find((name) => /\.(bin|pth|pt|ckpt)$/.test(name));
  const gguf = names.find((name) => name.endsWith('.gguf'));
  const told =
    shard !== undefined
      ? `${shard} lies there without ${index}, which says what is in which part. Download that ` +
        'file from where the weights came from.'
      : names.some((name) => name.startsWith('consolidated.'))
        ? `It holds the weights in their maker's own form (consolidated.*). ${original}`
        : pickle !== undefined
          ? `${pickle} is a pickle of PyTorch under another name than pytorch_model.bin, which is not read. ` +
            `${original} For many older repositories ` +
            'an automatic conversion waits under "Community" as a pull request, refs/pr/N.'
          : gguf !== undefined
            ? `${gguf} is made for running a model, mostly with rounded weights, from which it cannot be ` +
              `trained. ${original}`
            : 'Choose a model folder whose weights are in safetensors form or in pytorch_model.bin (.gguf ' +
              'files are not read), or download the rest of it.';
  return badInput('weights-missing', `${dir} has neither ${wanted} nor ${wanted}.index.json. ${told}`, { folder: dir });
}
