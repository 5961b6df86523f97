import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may talk to the serve host: whoever swapped a printed one-time token for a secret of their own. */
export interface Sessions {
  /** The token of the printed address; a new one replaces it as soon as it is used. */
  readonly token: string;
  /** Uses the token up and returns a new session's secret, or `null` when it is not the token. */
  signIn(token: string): string | null;
  /** Whether this is the secret of a session that has not ended. Each time it is asked counts as use. */
  accepts(secret: string | undefined): boolean;
  /** Keeps a session from ending while an event connection is open; returns the function that lets go. */
  hold(secret: string): () => void;
}

interface Session {
  readonly digest: Buffer;
  usedAt: number;
  connections: number;
}

/** A tab that is open is in use; a browser that was closed for this long signs in anew. */
const idleLimitMilliseconds = 12 * 60 * 60 * 1000;
/** The session unused for longest ends when there would be more. */
const mostSessions = 32;

/** `now` is the time in milliseconds. */
export function createSessions(now: () => number = Date.now): Sessions {
  let sessions: Session[] = [];
  let token = randomToken();

  const find = (secret: string | undefined): Session | undefined => {
    const oldest = now() - idleLimitMilliseconds;
    sessions = sessions.filter(({ connections, usedAt }) => connections > 0 || usedAt >= oldest);
    const offered = digestOf(secret ?? '');
    return sessions.find(({ digest }) => timingSafeEqual(digest, offered));
  };

  return {
    get token() {
      return token;
    },

    signIn(offered) {
      if (!timingSafeEqual(digestOf(offered), digestOf(token))) return null;
      token = randomToken();
      const secret = randomToken();
      const kept = sessions.toSorted((left, right) => right.usedAt - left.usedAt).slice(0, mostSessions - 1);
      sessions = [...kept, { digest: digestOf(secret), usedAt: now(), connections: 0 }];
      return secret;
    },

    accepts(secret) {
      const session = find(secret);
      if (session !== undefined) session.usedAt = now();
      return session !== undefined;
    },

    hold(secret) {
      const session = find(secret);
      if (session === undefined) return () => {};
      session.connections += 1;
      return () => {
        session.connections -= 1;
        session.usedAt = now();
      };
    },
  };
}

function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Digests are compared, so that neither content nor length shows in the time taken. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
