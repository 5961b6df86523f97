import { createBridgeTransport, type Bridge } from '../../preload/contract/bridge-transport.ts';
import type { Transport } from '../../preload/contract/client.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import { createHttpTransport, signIn, uploadFile } from '../../preload/contract/http-transport.ts';

/** The way to whatever hosts this page. */
export interface Host {
  readonly transport: Transport;
  /** Hands a dropped file over and returns its handle. */
  readonly importFile: (file: File) => Promise<string>;
  /** Hears when the connection is lost and when it is back. */
  readonly onconnection: (listener: (connected: boolean) => void) => void;
}

declare global {
  interface Window {
    readonly safedpo?: Bridge;
  }
}

/** Connects to the desktop app's main process where the page runs in it, else to the serve host that sent the page. */
export async function connect(): Promise<Host> {
  const bridge = window.safedpo;
  if (bridge !== undefined) {
    return { transport: createBridgeTransport(bridge), importFile: async (file) => handleOf(unwrap(await bridge.dropFile(file))), onconnection: () => undefined };
  }
  await exchangeToken();
  let listener: (connected: boolean) => void = () => undefined;
  return {
    transport: createHttpTransport(location.origin, (connected) => listener(connected)),
    importFile: async (file) => (await uploadFile(location.origin, file)).handle,
    onconnection: (heard) => {
      listener = heard;
    },
  };
}

/** The address printed by `safedpo serve` carries a one-time token in its fragment: swap it for the cookie and forget it. */
async function exchangeToken(): Promise<void> {
  const token = /^#t=(.+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, '', location.pathname);
  await signIn(location.origin, token);
}

function handleOf(picked: unknown): string {
  if (typeof picked === 'object' && picked !== null && 'handle' in picked && typeof picked.handle === 'string') return picked.handle;
  throw new Error('The app took the file but gave no handle for it.');
}
