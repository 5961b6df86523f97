import { createBridgeTransport, type Bridge } from '../../preload/contract/bridge-transport.ts';
import type { Transport } from '../../preload/contract/client.ts';
import { unwrap } from '../../preload/contract/errors.ts';
import type { SessionKeeper } from '../../preload/contract/session.ts';
import {
  createHttpTransport,
  isSignedIn,
  requireSession,
  signIn,
  uploadFile,
  type Connection,
} from '../../preload/contract/http-transport.ts';

/** The way to whatever hosts this page. */
export interface Host {
  readonly transport: Transport;
  /** Hands a dropped file over and returns its handle. */
  readonly importFile: (file: File) => Promise<string>;
  /** Hears how the connection stands whenever that changes. */
  readonly onconnection: (listener: (connection: Connection) => void) => void;
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
    return {
      transport: createBridgeTransport(bridge),
      importFile: async (file) => handleOf(unwrap(await bridge.dropFile(file))),
      onconnection: () => undefined,
    };
  }
  const session = keptSession();
  openNewAddresses();
  await exchangeToken(session);
  let listener: (connection: Connection) => void = () => undefined;
  return {
    transport: createHttpTransport(location.origin, session, (connection) => listener(connection)),
    importFile: async (file) => (await uploadFile(location.origin, file, session)).handle,
    onconnection: (heard) => {
      listener = heard;
    },
  };
}

/**
 * The address printed by `safedpo serve` carries a one-time token in its fragment: swap it for a session and forget it.
 * An address that was used before is good enough for the browser it was used in.
 */
async function exchangeToken(session: SessionKeeper): Promise<void> {
  const token = tokenPattern.exec(location.hash)?.[1];
  if (token === undefined) return requireSession(location.origin, session);
  history.replaceState(null, '', location.pathname);
  try {
    await signIn(location.origin, token, session);
  } catch (error) {
    if (!(await isSignedIn(location.origin, session))) throw error;
  }
}

const tokenPattern = /^#t=(.+)$/;

/**
 * A new address that is pasted over one of this host's changes the fragment only: the browser loads nothing by itself.
 */
function openNewAddresses(): void {
  addEventListener('hashchange', () => {
    if (tokenPattern.test(location.hash)) location.reload();
  });
}

/**
 * The session's secret in the storage of this origin, which the tabs of this address share and no other port can read.
 */
function keptSession(): SessionKeeper {
  const key = 'safedpo-session';
  return { get: () => localStorage.getItem(key), set: (secret) => localStorage.setItem(key, secret) };
}

function handleOf(picked: unknown): string {
  if (typeof picked === 'object' && picked !== null && 'handle' in picked && typeof picked.handle === 'string')
    return picked.handle;
  throw new Error('The app received the file but returned no handle for it.');
}
