/**
 * Writes the header of the `t=…` family: `t`, then for each live version of the secret, newest first, its signature
 * under every name of the scheme. In an overlap SelfCommunity's is `t,v0,v1` of the new and then `v0,v1` of the old.
 */

import type { TimestampedScheme } from "./timestamped-scheme.ts";

/** `timestamp` in Unix seconds; `signatures` in lowercase hex. */
export function formatTimestampedHeader(options: {
  readonly scheme: Pick<TimestampedScheme, "signatureNames">;
  readonly timestamp: number;
  readonly signatures: readonly string[];
}): string {
  let value = `t=${options.timestamp}`;
  for (const signature of options.signatures) {
    for (const name of options.scheme.signatureNames) value += `,${name}=${signature}`;
  }
  return value;
}
