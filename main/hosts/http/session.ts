import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may talk to the serve host: whoever swapped the printed one-time token for the cookie. */
export interface Session {
  /** The token of the printed address; a new one replaces it as soon as it is used. */
  readonly token: string;
  /** Uses the token up and returns the `Set-Cookie` value, or `null` when it is not the token. */
  signIn(token: string): string | null;
  /** Whether a `Cookie` header carries the session. */
  accepts(cookieHeader: string | undefined): boolean;
}

/** `port` goes into the cookie's name, because browsers share cookies between all ports of a host. */
export function createSession(port: number): Session {
  const cookieName = `safedpo-session-${port}`;
  const secret = randomToken();
  let token = randomToken();

  return {
    get token() {
      return token;
    },

    signIn(offered) {
      if (!equalInConstantTime(offered, token)) return null;
      token = randomToken();
      return `${cookieName}=${secret}; HttpOnly; SameSite=Strict; Path=/`;
    },

    accepts(cookieHeader) {
      const values = (cookieHeader ?? '').split(';').map((part) => part.trim());
      const prefix = `${cookieName}=`;
      return values.some((value) => value.startsWith(prefix) && equalInConstantTime(value.slice(prefix.length), secret));
    },
  };
}

function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares digests, so that neither content nor length shows in the time taken. */
function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}
