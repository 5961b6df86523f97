/** A value of a GGUF file's metadata, with the type it is written in. */
export type GgufValue =
  | { readonly type: 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'uint32[]' | 'int32[]' | 'float32[]'; readonly value: readonly number[] }
  | { readonly type: 'string[]'; readonly value: readonly string[] };

/** Metadata by key, in the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** How the file spells the types of single values (GGUF specification 3, `gguf_metadata_value_type`). */
export const valueTypeCode = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8 } as const;
export const arrayTypeCode = 9;

/** How the file spells the element types that are written here (`ggml_type`). */
export const tensorTypeCode = { float32: 0, float16: 1, bfloat16: 30 } as const;

export type GgufDtype = keyof typeof tensorTypeCode;

export const ggufMagic = 'GGUF';
export const ggufVersion = 3;
/** Tensors begin at multiples of so many bytes, where `general.alignment` says nothing else. */
export const alignmentBytes = 32;

/** The next multiple of the alignment. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignmentBytes) * alignmentBytes;
}
