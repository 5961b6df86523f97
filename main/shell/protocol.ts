import { protocol, type Session } from 'electron';
import type { Assets } from '../hosts/assets.ts';
import { securityHeaders } from '../hosts/content-security.ts';
import { isOwnPage, scheme } from './page-address.ts';

/** Must run before `app` is ready (security checklist, item 18). */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Answers our scheme from the table of built files; whatever is not in it is 404. */
export function serveScheme(session: Session, assets: Assets): void {
  session.protocol.handle(scheme, (request) => answer(request, assets));
}

function answer(request: Request, assets: Assets): Response {
  const asset =
    isOwnPage(request.url) && request.method === 'GET' ? assets.get(new URL(request.url).pathname) : undefined;
  if (asset === undefined)
    return new Response('There is nothing at this address.', { status: 404, headers: securityHeaders });
  return new Response(new Uint8Array(asset.bytes), {
    headers: { ...securityHeaders, 'content-type': asset.mediaType },
  });
}
