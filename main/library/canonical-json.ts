import { hash } from 'node:crypto';
import type { JsonValue } from '../../native-models/failure.ts';

/**
 * JSON with object keys in code-unit order and no white space: equal values give equal bytes, so the text can be hashed
 * and compared (RFC 8785 for the values used here).
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** SHA-256 of a text's UTF-8 bytes. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
