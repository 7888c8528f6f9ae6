/**
 * Writes the value of `webhook-signature`: `v1,<base64>` for each live version of the secret, separated by spaces,
 * newest first. Some verifiers look only at the first or the last entry; the order is therefore part of the contract.
 */

/** The HMAC-SHA256 scheme of Standard Webhooks. */
export const STANDARD_SCHEME = "v1";

/** `signatures` are padded standard base64 of the 32 bytes of the HMAC. */
export function formatStandardSignatures(signatures: readonly string[]): string {
  let value = "";
  for (const signature of signatures) value += `${value === "" ? "" : " "}${STANDARD_SCHEME},${signature}`;
  return value;
}
