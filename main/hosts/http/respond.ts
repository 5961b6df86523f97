import type { IncomingMessage, ServerResponse } from 'node:http';
import { badInput } from '../../../native-models/failure.ts';
import type { Reply } from '../../../preload/contract/errors.ts';
import { securityHeaders } from '../content-security.ts';
import type { Refusal } from './guard.ts';

export const bodyLimitBytes = 1024 * 1024;
const bodyLimitMilliseconds = 60_000;

/** Answers with JSON. No CORS headers are ever sent. */
export function reply(
  response: ServerResponse,
  status: number,
  body: Reply,
  headers: { readonly [name: string]: string } = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

export function replyRefused(request: IncomingMessage, response: ServerResponse, { status, failure }: Refusal): void {
  reply(response, status, { error: failure.toJSON() }, { connection: 'close' });
  // What is left of the body is not read: the connection ends with the answer.
  response.once('finish', () => request.destroy());
}

/**
 * Reads a JSON body of at most 1 MB. Throws `not-json` (any other media type, or text that is not JSON) and
 * `body-too-large`; ends the connection of a body that is not there within a minute.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw badInput('not-json', 'Only application/json is accepted.');
  if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes) throw tooLarge();
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(
      'not-json',
      `The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      {},
      { cause: error },
    );
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const late = setTimeout(() => request.destroy(), bodyLimitMilliseconds);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Buffer)) continue;
      size += chunk.length;
      if (size > bodyLimitBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    clearTimeout(late);
  }
}

function tooLarge() {
  return badInput('body-too-large', `A request may hold at most ${bodyLimitBytes} bytes.`, {
    limitBytes: bodyLimitBytes,
  });
}
