/** Files as `torch.save` writes them, made by hand so that they can lie. */

export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Lengths that the list of entries states, where they are not those of the data. */
  readonly statedBytes?: number;
  readonly statedOffset?: number;
}

/** An archive with stored members, the data of each at a multiple of 64 bytes. */
export function zip(members: readonly ZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (bytes: Uint8Array): void => {
    parts.push(Buffer.from(bytes));
    at += bytes.length;
  };
  for (const { name, data, method = 0, flags = 0, statedBytes = data.length, statedOffset } of members) {
    const start = at;
    const encoded = Buffer.from(name);
    const padding = (64 - ((at + 30 + encoded.length) % 64)) % 64;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(encoded.length, 26);
    local.writeUInt16LE(padding, 28);
    for (const bytes of [local, encoded, Buffer.alloc(padding), data]) add(bytes);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(statedBytes, 20);
    entry.writeUInt32LE(statedBytes, 24);
    entry.writeUInt16LE(encoded.length, 28);
    entry.writeUInt32LE(statedOffset ?? start, 42);
    directory.push(entry, encoded);
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Instructions of a pickle, by what they do. */
export const pickle = {
  start: bytes(0x80, 2),
  stop: ascii('.'),
  mark: ascii('('),
  tuple: ascii('t'),
  dict: ascii('}'),
  list: ascii(']'),
  setItems: ascii('u'),
  reduce: ascii('R'),
  build: ascii('b'),
  persistent: ascii('Q'),
  true: bytes(0x88),
  text: (value: string): Buffer => {
    const encoded = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(encoded.length);
    return Buffer.concat([ascii('X'), length, encoded]);
  },
  int: (value: number): Buffer => {
    const number = Buffer.alloc(4);
    number.writeInt32LE(value);
    return Buffer.concat([ascii('J'), number]);
  },
  global: (module: string, name: string): Buffer => ascii(`c${module}\n${name}\n`),
} as const;

/** Numbers in parentheses. */
export function tupleOf(...items: readonly Buffer[]): Buffer {
  return Buffer.concat([pickle.mark, ...items, pickle.tuple]);
}

export interface TensorLie {
  readonly type?: readonly [module: string, name: string];
  readonly key?: string;
  readonly count?: number;
  readonly first?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor of two rows of three, or what is said instead. */
export function tensor({
  type = ['torch', 'FloatStorage'],
  key = '0',
  count = 6,
  first = 0,
  shape = [2, 3],
  strides = [3, 1],
}: TensorLie = {}): Buffer {
  const storage = tupleOf(
    pickle.text('storage'),
    pickle.global(...type),
    pickle.text(key),
    pickle.text('cpu'),
    pickle.int(count),
  );
  return Buffer.concat([
    pickle.global('torch._utils', '_rebuild_tensor_v2'),
    tupleOf(
      Buffer.concat([storage, pickle.persistent]),
      pickle.int(first),
      tupleOf(...shape.map(pickle.int)),
      tupleOf(...strides.map(pickle.int)),
      pickle.true,
      Buffer.concat([pickle.global('collections', 'OrderedDict'), tupleOf(), pickle.reduce]),
    ),
    pickle.reduce,
  ]);
}

/** The pickle of a state dict. */
export function stateDict(...entries: readonly (readonly [name: string, value: Buffer])[]): Buffer {
  const items = entries.flatMap(([name, value]) => [pickle.text(name), value]);
  return Buffer.concat([pickle.start, pickle.dict, pickle.mark, ...items, pickle.setItems, pickle.stop]);
}

/** A whole file with one storage of six float32 numbers, 0 to 5. */
export function torchFile(data: Buffer, ...others: readonly ZipMember[]): Buffer {
  const numbers = Buffer.from(Float32Array.from([0, 1, 2, 3, 4, 5]).buffer);
  return zip([{ name: 'archive/data.pkl', data }, { name: 'archive/data/0', data: numbers }, ...others]);
}
