/**
 * Writes the credentials that were taken out of an endpoint's URL as an `Authorization` header value.
 */

/**
 * `Basic …` over UTF-8 (RFC 7617 section 2). The result is a secret.
 * @param credentials `user:password`, as `checkTarget` gave them.
 */
export function toBasicAuthorization(credentials: string): string {
  return `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
}
