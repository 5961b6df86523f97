import { failed } from '../failure.ts';
import type { SessionTensor, SessionTensors } from '../runtime/tensor.ts';

/** Feeds of equal shapes along a new first axis. Throws `feeds-do-not-stack` naming the input whose shapes differ. */
export function stackFeeds(feeds: readonly SessionTensors[]): SessionTensors {
  const names = Object.keys(feeds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, stack(name, feeds.flatMap((feed) => feed[name] ?? []))]));
}

function stack(name: string, parts: readonly SessionTensor[]): SessionTensor {
  const [first] = parts;
  if (first === undefined || parts.some((part) => part.dtype !== first.dtype || part.shape.join() !== first.shape.join())) {
    throw failed('feeds-do-not-stack', `The micro-batches of a run differ in the shape of ${name}: ${parts.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}.`, { input: name });
  }
  const shape = [parts.length, ...first.shape];
  const floatParts = parts.flatMap((part) => (part.dtype === 'float32' ? [part.data] : []));
  const integerParts = parts.flatMap((part) => (part.dtype === 'int64' ? [part.data] : []));
  if (first.dtype === 'float32') return { dtype: 'float32', shape, data: joined(new Float32Array(parts.length * first.data.length), floatParts) };
  if (first.dtype === 'int64') return { dtype: 'int64', shape, data: joined(new BigInt64Array(parts.length * first.data.length), integerParts) };
  throw failed('feeds-do-not-stack', `Input ${name} is ${first.dtype}; only float32 and int64 inputs are stacked.`, { input: name });
}

function joined<Data extends { readonly length: number; set(part: Data, offset: number): void }>(whole: Data, parts: readonly Data[]): Data {
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
