/**
 * The two tokens of a session as text: `pha_` gives access, `phr_` is spent once for the next pair. Both are random and
 * mean nothing by themselves: what they give is read at each request, so that a session that ends has ended everywhere.
 */
import { makeToken, readToken } from "./token-form.ts";

const ACCESS_PREFIX = "pha_";
const REFRESH_PREFIX = "phr_";

export interface SessionTokens {
  readonly access: string;
  readonly refresh: string;
}

export function createSessionTokens(): SessionTokens {
  return { access: makeToken(ACCESS_PREFIX), refresh: makeToken(REFRESH_PREFIX) };
}

/** Whether the text claims to be an access token; its form may still be wrong. */
export function looksLikeAccessToken(text: string): boolean {
  return text.startsWith(ACCESS_PREFIX);
}

/** The token if its form and checksum are right, else null. */
export function parseAccessToken(text: string): string | null {
  return readToken(ACCESS_PREFIX, text);
}

/** The token if its form and checksum are right, else null. */
export function parseRefreshToken(text: string): string | null {
  return readToken(REFRESH_PREFIX, text);
}
