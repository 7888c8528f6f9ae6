/**
 * Writes the value of `webhook-signature`: `v1,<base64>` for each live version of the secret, separated by spaces,
 * newest first. Some verifiers look only at the first or the last entry; the order is therefore part of the contract.
 */

/** The HMAC-SHA256 scheme of Standard Webhooks. */
export const STANDARD_SCHEME = "v1";

/** Its Ed25519 scheme. */
export const STANDARD_ED25519_SCHEME = "v1a";

export type StandardScheme = typeof STANDARD_SCHEME | typeof STANDARD_ED25519_SCHEME;

/** `signatures` are padded standard base64: of the 32 bytes of the HMAC, or the 64 of the Ed25519 signature. */
export function formatStandardSignatures(
  signatures: readonly string[],
  scheme: StandardScheme = STANDARD_SCHEME,
): string {
  let value = "";
  for (const signature of signatures) value += `${value === "" ? "" : " "}${scheme},${signature}`;
  return value;
}
