/** Reads the token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Null when the header is missing or of another scheme or form. */
export function bearerToken(authorization: string | null | undefined): string | null {
  return BEARER.exec(authorization ?? "")?.[1] ?? null;
}
