/**
 * Signs a request in a scheme of the `t=…` family: HMAC-SHA256 in hex over `t.body`, in one header.
 * Several secrets give several signatures in the order passed; pass the newest first.
 */

import { encodeHex } from "../encoding/hex.ts";
import { toBodyBytes } from "../request/request-body.ts";
import type { RequestBody } from "../request/request-body.ts";
import { toUnixSeconds } from "../request/to-unix-seconds.ts";
import { computeSignature, joinSignedContent } from "../signature/compute-signature.ts";
import { secretsToKeys } from "../signature/secrets-to-keys.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { formatTimestampedHeader } from "./format-timestamped-header.ts";
import type { TimestampedScheme } from "./timestamped-scheme.ts";
import { timestampedSignedPrefix } from "./timestamped-signed-content.ts";

export interface SignTimestampedOptions {
  readonly scheme: TimestampedScheme;
  /** As it was shown, or the bytes of the key; several while a rotation overlaps, newest first. */
  readonly secret: Secret | readonly Secret[];
  /** Exactly the bytes that will be sent. */
  readonly body: RequestBody;
  /** When this try is made; now by default. */
  readonly timestamp?: Date;
}

/**
 * The header to send along, under the scheme's name. Throws MalformedSecretError, SecretTooShortError,
 * BodyAlreadyParsedError.
 */
export async function signTimestamped(options: SignTimestampedOptions): Promise<Record<string, string>> {
  const { scheme, secret, body, timestamp = new Date() } = options;
  const keys = secretsToKeys(secret, scheme.secretFormat);
  const seconds = toUnixSeconds(timestamp);
  const content = joinSignedContent(timestampedSignedPrefix(seconds), toBodyBytes(body));
  const signatures = await Promise.all(keys.map((key) => computeSignature(key, content)));
  const value = formatTimestampedHeader({ scheme, timestamp: seconds, signatures: signatures.map(encodeHex) });
  return { [scheme.headerName]: value };
}
