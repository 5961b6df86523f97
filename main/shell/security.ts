import { app, type Session } from 'electron';
import { isOwnPage } from './page-address.ts';

/** The one permission the interface needs: copying text by a click. */
const allowedPermission = 'clipboard-sanitized-write';

/** No page sends UDP past the proxy, which is how WebRTC would reach other machines. */
export function denyWebRtc(): void {
  app.on('web-contents-created', (_event, contents) => contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp'));
}

/** Denies every permission but one; Electron grants all of them by default (security checklist, item 5). */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(permission === allowedPermission));
  session.setPermissionCheckHandler((_contents, permission) => permission === allowedPermission);
  session.setDevicePermissionHandler(() => false);
}

/** No page of ours leaves our origin, opens a window or embeds a webview (items 11 to 14). */
export function denyNavigation(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault();
    });
    contents.on('will-redirect', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault();
    });
    contents.on('will-frame-navigate', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/**
 * Closes the ways out: the app works without a network and never asks for one. Every request that is not for our own
 * scheme is cancelled. What request handlers do not see is closed apart: the spelling dictionaries that Chromium would
 * fetch at each start, and WebRTC, whose TCP goes through a proxy that is not there. {@link denyWebRtc} closes its UDP.
 */
export async function denyNetwork(session: Session): Promise<void> {
  session.setSpellCheckerLanguages([]);
  session.webRequest.onBeforeRequest((details, decide) =>
    decide({ cancel: !isOwnPage(details.url) && !/^(data|blob|devtools):/.test(details.url) }),
  );
  await session.setProxy({
    mode: 'fixed_servers',
    proxyRules: 'socks5://127.0.0.1:1',
    proxyBypassRules: '<-loopback>',
  });
}
