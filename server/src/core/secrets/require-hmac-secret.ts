/**
 * The new secret as the contracts of other systems promise it: their endpoints are of their own profiles, which sign by
 * HMAC alone, so there is always one to show.
 */
export function requireHmacSecret(secret: string | null): string {
  if (secret === null) throw new Error("An endpoint of a contract's profile signs by Ed25519.");
  return secret;
}
