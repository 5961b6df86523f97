import { ByteReader } from './byte-reader.ts';
import { globalOf, type Pickled, type Storage, type Tuple } from './pickled.ts';
import { isWhole, PickleRefused, rebuilt } from './rebuild.ts';

/** A tensor takes some fifty steps and ten values, and a shard has hundreds of tensors; more only wastes memory. */
const mostSteps = 4_000_000;
const mostValues = 1_000_000;
/** Opcodes of Python's pickletools that a state dict is written with, protocols 2 to 5. */
const opcodes = {
  proto: 0x80,
  frame: 0x95,
  stop: 0x2e,
  mark: 0x28,
  none: 0x4e,
  true: 0x88,
  false: 0x89,
  int1: 0x4b,
  int2: 0x4d,
  int4: 0x4a,
  long1: 0x8a,
  float: 0x47,
  text: 0x58,
  shortText: 0x8c,
  emptyTuple: 0x29,
  tuple: 0x74,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  emptyList: 0x5d,
  append: 0x61,
  appends: 0x65,
  emptyDict: 0x7d,
  setItem: 0x73,
  setItems: 0x75,
  put1: 0x71,
  put4: 0x72,
  memoize: 0x94,
  get1: 0x68,
  get4: 0x6a,
  global: 0x63,
  stackGlobal: 0x93,
  persistent: 0x51,
  reduce: 0x52,
  build: 0x62,
} as const;

/**
 * The value of a pickle that holds nothing but containers, numbers, texts and tensors. A machine of a few dozen
 * instructions that calls nothing: whatever asks for another instruction or name is refused. Throws
 * {@link PickleRefused}.
 */
export function unpickle(bytes: Uint8Array): Pickled {
  try {
    return new Machine(new ByteReader(bytes)).run();
  } catch (error) {
    if (error instanceof RangeError) throw new PickleRefused('more than it holds: it is cut short');
    throw error;
  }
}

class Machine {
  readonly #input: ByteReader;
  readonly #stack: Pickled[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(input: ByteReader) {
    this.#input = input;
  }

  run(): Pickled {
    for (let step = 0; step < mostSteps; step++) {
      const opcode = this.#input.uint8();
      if (opcode === opcodes.stop) return this.#end();
      if (this.#stack.length > mostValues) throw new PickleRefused(`more than ${mostValues} values`);
      this.#step(opcode);
    }
    throw new PickleRefused(`more than ${mostSteps} steps`);
  }

  #end(): Pickled {
    const value = this.#pop();
    if (this.#stack.length > 0) throw new PickleRefused('values beside the one that it is of');
    return value;
  }

  #step(opcode: number): void {
    const [input, stack] = [this.#input, this.#stack];
    switch (opcode) {
      case opcodes.proto:
        return void input.uint8();
      case opcodes.frame:
        return void input.take(8);
      case opcodes.mark:
        return void this.#marks.push(stack.length);
      case opcodes.none:
        return void stack.push(null);
      case opcodes.true:
        return void stack.push(true);
      case opcodes.false:
        return void stack.push(false);
      case opcodes.int1:
        return void stack.push(input.uint8());
      case opcodes.int2:
        return void stack.push(input.uint16());
      case opcodes.int4:
        return void stack.push(input.int32());
      case opcodes.long1:
        return void stack.push(this.#long(input.take(input.uint8())));
      case opcodes.float:
        return void stack.push(input.float64());
      case opcodes.text:
        return void stack.push(input.take(input.uint32()).toString('utf8'));
      case opcodes.shortText:
        return void stack.push(input.take(input.uint8()).toString('utf8'));
      case opcodes.emptyTuple:
        return void stack.push(this.#tuple(0));
      case opcodes.tuple:
        return void stack.push({ kind: 'tuple', items: this.#popMarked() });
      case opcodes.tuple1:
        return void stack.push(this.#tuple(1));
      case opcodes.tuple2:
        return void stack.push(this.#tuple(2));
      case opcodes.tuple3:
        return void stack.push(this.#tuple(3));
      case opcodes.emptyList:
        return void stack.push({ kind: 'list', items: [] });
      case opcodes.append:
        return this.#append([this.#pop()]);
      case opcodes.appends:
        return this.#append(this.#popMarked());
      case opcodes.emptyDict:
        return void stack.push({ kind: 'dict', items: new Map() });
      case opcodes.setItem:
        return this.#setItems(this.#tuple(2).items);
      case opcodes.setItems:
        return this.#setItems(this.#popMarked());
      case opcodes.put1:
        return void this.#memo.set(input.uint8(), this.#top());
      case opcodes.put4:
        return void this.#memo.set(input.uint32(), this.#top());
      case opcodes.memoize:
        return void this.#memo.set(this.#memo.size, this.#top());
      case opcodes.get1:
        return void stack.push(this.#remembered(input.uint8()));
      case opcodes.get4:
        return void stack.push(this.#remembered(input.uint32()));
      case opcodes.global:
        return this.#pushGlobal(input.line(), input.line());
      case opcodes.stackGlobal: {
        const [module, name] = this.#tuple(2).items;
        return this.#pushGlobal(String(module), String(name));
      }
      case opcodes.persistent:
        return void stack.push(this.#storage(this.#pop()));
      case opcodes.reduce:
        return this.#reduce();
      case opcodes.build:
        return this.#build();
      default:
        throw new PickleRefused(`the instruction 0x${opcode.toString(16)}`);
    }
  }

  #pop(): Pickled {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): Pickled {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw new PickleRefused('a value that is not there');
    return this.#stack.at(-1) ?? null;
  }

  #popMarked(): Pickled[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleRefused('a mark that is not there');
    return this.#stack.splice(mark);
  }

  #tuple(count: number): Tuple {
    const items = Array.from({ length: count }, () => this.#pop()).toReversed();
    return { kind: 'tuple', items };
  }

  #remembered(key: number): Pickled {
    const value = this.#memo.get(key);
    if (value === undefined) throw new PickleRefused('a value that was never remembered');
    return value;
  }

  #long(bytes: Buffer): number {
    if (bytes.length > 8) throw new PickleRefused(`a whole number of ${bytes.length} bytes`);
    const bits = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    return Number(BigInt.asIntN(8 * bytes.length, bits));
  }

  #append(items: readonly Pickled[]): void {
    const list = this.#top();
    if (typeof list !== 'object' || list?.kind !== 'list') throw new PickleRefused('something added to no list');
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly Pickled[]): void {
    const dict = this.#top();
    if (typeof dict !== 'object' || dict?.kind !== 'dict' || items.length % 2 !== 0)
      throw new PickleRefused('an entry of something that is no dict');
    for (let index = 0; index < items.length; index += 2)
      dict.items.set(items[index] ?? null, items[index + 1] ?? null);
  }

  #pushGlobal(module: string, name: string): void {
    const found = globalOf(module, name);
    if (found === null) throw new PickleRefused(`"${module}.${name}"`);
    this.#stack.push(found);
  }

  /** The state of a made value: PyTorch keeps versions of modules there, which decide nothing. */
  #build(): void {
    this.#pop();
    const value = this.#top();
    if (typeof value !== 'object' || value?.kind !== 'dict') throw new PickleRefused('a state given to no dict');
  }

  #reduce(): void {
    const [maker, given] = this.#tuple(2).items;
    if (typeof maker !== 'object' || maker?.kind !== 'global' || typeof given !== 'object' || given?.kind !== 'tuple')
      throw new PickleRefused('a call of something that is no name');
    this.#stack.push(rebuilt(maker, given));
  }

  #storage(id: Pickled): Storage {
    const items = typeof id === 'object' && id?.kind === 'tuple' ? id.items : [];
    const [kind, type, key, , count] = items;
    if (kind !== 'storage' || typeof type !== 'object' || type?.kind !== 'global' || type.dtype === null)
      throw new PickleRefused('a reference to something that is no storage');
    if (typeof key !== 'string' || !isWhole(count)) throw new PickleRefused('a storage without a name or a length');
    return { kind: 'storage', dtype: type.dtype, key, count };
  }
}
