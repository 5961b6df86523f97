import { z } from 'zod';
import { badInput } from '../../failure.ts';
import { findDuplicateKey } from '../../files/duplicate-keys.ts';
import { parseFields, parseJson } from '../../files/json-file.ts';
import { jsonShape, type JsonShape } from '../../files/json-shape.ts';
import { bytesPerElement, dtypeFromSafetensors, elementCount, type TensorDtype } from '../../numbers/tensor-dtype.ts';

/** Where one tensor lies in a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** The file itself, links resolved. */
  readonly file: string;
  /** From the start of the file. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface SafetensorsHeader {
  readonly metadata: { readonly [key: string]: string };
  /** In the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * The longest header that is read: some 130,000 tensors in one file. The reference implementation reads 100,000,000
 * bytes, which take half a minute to check and no model needs.
 */
export const maxHeaderBytes = 16_000_000;

/** Ten times what a shard of the largest published models has. */
const mostTensors = 20_000;
/** Header, tensor, and its shape or offsets. */
const mostDepth = 3;

const again = 'Get the file again from where it came from.';
const offset = z.int('expected a whole number of bytes').min(0, 'expected 0 or more');
const tensorSchema = z.strictObject(
  {
    dtype: z.string('expected the name of a dtype'),
    shape: z.array(z.int('expected whole numbers').min(0, 'expected 0 or more'), 'expected a list of axes'),
    data_offsets: z.tuple([offset, offset], 'expected [begin, end]'),
  },
  'expected only dtype, shape and data_offsets',
);
const headerSchema = z.record(z.string(), z.unknown(), 'expected a JSON object');
const metadataSchema = z.record(z.string(), z.string('expected text')).optional();

/**
 * Checks the JSON header of a safetensors file of `fileBytes` bytes whose data begins at `dataStart`. A header nested
 * too deep or with too many tensors is refused before it is parsed. Every rule of the format holds afterwards: known
 * dtypes, length = shape x dtype, and tensors that cover the data exactly. Throws `safetensors-header-invalid`,
 * `-duplicate-key`, `-dtype-not-supported`, `-length-mismatch`, `-overlap`, `-hole` or `-out-of-range`, naming file,
 * tensor and numbers.
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  file: string,
  dataStart: number,
  fileBytes: number,
): SafetensorsHeader {
  const shape = jsonShape(bytes);
  requireModest(shape, file);
  const raw = parseFields(
    headerSchema,
    parseJson(bytes, `The header of ${file}`, 'safetensors-header-invalid'),
    file,
    'safetensors-header-invalid',
  );
  const duplicate = keysOf(raw) === shape.keys ? null : findDuplicateKey(bytes);
  if (duplicate !== null)
    throw badInput('safetensors-duplicate-key', `${file}: the header names "${duplicate}" twice. ${again}`, {
      file,
      key: duplicate,
    });
  const { __metadata__: rawMetadata, ...rest } = raw;
  const metadata =
    parseFields(metadataSchema, rawMetadata, `${file}: __metadata__`, 'safetensors-header-invalid') ?? {};
  const tensors = Object.entries(rest)
    .map(([name, value]) => parseTensor(name, value, file, dataStart))
    .sort((left, right) => left.offsetBytes - right.offsetBytes || left.lengthBytes - right.lengthBytes);
  checkCover(tensors, file, dataStart, fileBytes);
  return { metadata, tensors };
}

/** Before anything is built of it: a header that only wastes time and memory is refused at once. */
function requireModest({ depth, innerObjects }: JsonShape, file: string): void {
  if (depth > mostDepth)
    throw badInput(
      'safetensors-header-invalid',
      `${file}: the header is nested ${depth} levels deep, the format has ${mostDepth}. ${again}`,
      { file, depth, expected: mostDepth },
    );
  if (innerObjects > mostTensors)
    throw badInput(
      'safetensors-header-invalid',
      `${file}: the header names ${innerObjects} tensors; at most ${mostTensors} are read of one file. ${again}`,
      { file, tensors: innerObjects, expected: mostTensors },
    );
}

/** Of the header and of each object in it: as many as the text has, unless one is named twice. */
function keysOf(raw: { readonly [name: string]: unknown }): number {
  let keys = 0;
  for (const value of Object.values(raw))
    keys += 1 + (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).length : 0);
  return keys;
}

function parseTensor(name: string, value: unknown, file: string, dataStart: number): TensorEntry {
  const raw = parseFields(tensorSchema, value, `${file}: tensor "${name}"`, 'safetensors-header-invalid');
  const dtype = dtypeFromSafetensors(raw.dtype);
  if (dtype === null) {
    throw badInput(
      'safetensors-dtype-not-supported',
      `${file}: tensor "${name}" has dtype "${raw.dtype}"; supported: F64, F32, F16, BF16, I64, I32, U8, ` +
        'BOOL. Convert the file to one of these.',
      { file, tensor: name, dtype: raw.dtype },
    );
  }
  const [begin, end] = raw.data_offsets;
  const expectedBytes = elementCount(raw.shape) * bytesPerElement[dtype];
  if (end - begin !== expectedBytes) {
    throw badInput(
      'safetensors-length-mismatch',
      `${file}: tensor "${name}" of shape [${raw.shape.join(', ')}] in ${raw.dtype} needs ${expectedBytes} ` +
        `bytes, but data_offsets [${begin}, ${end}] give ${end - begin}. ${again}`,
      { file, tensor: name, expectedBytes, begin, end },
    );
  }
  return { name, dtype, shape: raw.shape, file, offsetBytes: dataStart + begin, lengthBytes: expectedBytes };
}

function checkCover(tensors: readonly TensorEntry[], file: string, dataStart: number, fileBytes: number): void {
  let end = dataStart;
  let previous = 'the header';
  for (const { name, offsetBytes, lengthBytes } of tensors) {
    const facts = { file, tensor: name, previous, offsetBytes, previousEndBytes: end, fileBytes };
    if (offsetBytes + lengthBytes > fileBytes) {
      throw badInput(
        'safetensors-out-of-range',
        `${file}: tensor "${name}" ends at byte ${offsetBytes + lengthBytes}, but the file has ${fileBytes} ` +
          'bytes. It is cut short: download it again.',
        facts,
      );
    }
    if (offsetBytes < end)
      throw badInput(
        'safetensors-overlap',
        `${file}: tensor "${name}" begins at byte ${offsetBytes}, inside "${previous}", which ends at ${end}. ${again}`,
        facts,
      );
    if (offsetBytes > end)
      throw badInput(
        'safetensors-hole',
        `${file}: bytes ${end} to ${offsetBytes} between "${previous}" and tensor "${name}" belong to no ` +
          `tensor. ${again}`,
        facts,
      );
    end = offsetBytes + lengthBytes;
    previous = name;
  }
  if (end !== fileBytes)
    throw badInput(
      'safetensors-hole',
      `${file}: the last ${fileBytes - end} bytes of ${fileBytes} belong to no tensor. ${again}`,
      { file, previous, previousEndBytes: end, fileBytes },
    );
}
