/**
 * Verifies a request signed in a scheme of the `t=…` family. It resolves only when one of the secrets made one of the
 * signatures over exactly this timestamp and body, at a time near now; everything else throws the error of its own
 * mistake, those of the receiver (secrets, body) before those of the request.
 */

import { encodeHex } from "../encoding/hex.ts";
import { MalformedHeaderError } from "../errors/malformed-header-error.ts";
import { checkTimestamp, DEFAULT_TOLERANCE_SECONDS } from "../request/check-timestamp.ts";
import { toBodyBytes } from "../request/request-body.ts";
import type { RequestBody } from "../request/request-body.ts";
import { getHeader } from "../request/request-headers.ts";
import type { RequestHeaders } from "../request/request-headers.ts";
import { hmacCheck } from "../signature/find-matching-key.ts";
import { matchSignature } from "../signature/match-signature.ts";
import { listSecrets, secretsToKeys } from "../signature/secrets-to-keys.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { parseTimestampedHeader } from "./parse-timestamped-header.ts";
import type { TimestampedScheme } from "./timestamped-scheme.ts";
import { timestampedSignedPrefix } from "./timestamped-signed-content.ts";

export interface VerifyTimestampedOptions {
  readonly scheme: TimestampedScheme;
  /** As it was shown, or the bytes of the key; both the old and the new one in an overlap. */
  readonly secret: Secret | readonly Secret[];
  readonly headers: RequestHeaders;
  /** The raw body, read before any parser. */
  readonly body: RequestBody;
  /** How far the timestamp may be from `now`, in either direction; 300 by default. `Infinity` accepts any. */
  readonly toleranceSeconds?: number;
  /** This machine's time by default. */
  readonly now?: Date;
}

export interface VerifiedTimestamped {
  /** When this try was signed. */
  readonly timestamp: Date;
  /** Which of the secrets passed fits: 0 for the first. When it is never the old one, the old one can go. */
  readonly secretIndex: number;
}

/**
 * Throws MalformedSecretError, SecretTooShortError, BodyAlreadyParsedError, MissingHeaderError, MalformedHeaderError,
 * TimestampTooOldError, TimestampTooNewError, NoMatchingSignatureError.
 */
export async function verifyTimestamped(options: VerifyTimestampedOptions): Promise<VerifiedTimestamped> {
  const { scheme, secret, headers, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = new Date() } = options;
  const keys = secretsToKeys(secret, scheme.secretFormat);
  const body = toBodyBytes(options.body);

  const header = scheme.headerName;
  const parsed = parseTimestampedHeader({ scheme, header: getHeader(headers, header) });
  if (parsed === null)
    throw new MalformedHeaderError(header, "name=value pairs separated by commas with exactly one t");
  const timestamp = checkTimestamp({ header, text: parsed.timestamp, now, toleranceSeconds });

  const received = parsed.signatures;
  const secretIndex = await matchSignature({
    checks: keys.map((key) => hmacCheck({ key, received, encode: encodeHex })),
    prefix: timestampedSignedPrefix(parsed.timestamp),
    body,
    signatureCount: received.length,
    hmac: { secrets: listSecrets(secret), format: scheme.secretFormat, received, encode: encodeHex },
  });
  return { timestamp, secretIndex };
}
