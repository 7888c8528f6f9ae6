/**
 * Verifies a request signed by Standard Webhooks, scheme `v1`. It resolves only when one of the secrets made one of
 * the signatures over exactly this id, timestamp and body, at a time near now; everything else throws the error of its
 * own mistake. Secrets and body are looked at first: those mistakes are the receiver's and show at any request.
 */

import { encodeBase64 } from "../encoding/base64.ts";
import { MalformedHeaderError } from "../errors/malformed-header-error.ts";
import { checkTimestamp, DEFAULT_TOLERANCE_SECONDS } from "../request/check-timestamp.ts";
import { toBodyBytes } from "../request/request-body.ts";
import type { RequestBody } from "../request/request-body.ts";
import { getHeader } from "../request/request-headers.ts";
import type { RequestHeaders } from "../request/request-headers.ts";
import { matchSignature } from "../signature/match-signature.ts";
import { secretsToKeys } from "../signature/secrets-to-keys.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { parseStandardSignatures } from "./parse-standard-signatures.ts";
import { standardSignedPrefix } from "./standard-signed-content.ts";

export interface VerifyStandardOptions {
  /** `whsec_` and base64 as it was shown, or the bytes of the key; both the old and the new one in an overlap. */
  readonly secret: Secret | readonly Secret[];
  readonly headers: RequestHeaders;
  /** The raw body, read before any parser. */
  readonly body: RequestBody;
  /** How far the timestamp may be from `now`, in either direction; 300 by default. `Infinity` accepts any. */
  readonly toleranceSeconds?: number;
  /** This machine's time by default. */
  readonly now?: Date;
  /** What the headers' names begin with: `webhook` by default; some senders put their brand there. */
  readonly headerPrefix?: string;
}

export interface VerifiedStandard {
  /** The same at every try of one event: remember it, and do nothing the second time. */
  readonly id: string;
  /** When this try was signed. */
  readonly timestamp: Date;
  /** Which of the secrets passed fits: 0 for the first. When it is never the old one, the old one can go. */
  readonly secretIndex: number;
}

/**
 * Throws MalformedSecretError, SecretTooShortError, BodyAlreadyParsedError, MissingHeaderError, MalformedHeaderError,
 * TimestampTooOldError, TimestampTooNewError, NoMatchingSignatureError.
 */
export async function verifyStandard(options: VerifyStandardOptions): Promise<VerifiedStandard> {
  const { secret, headers, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = new Date() } = options;
  const prefix = options.headerPrefix ?? "webhook";
  const keys = secretsToKeys(secret, "whsec_base64");
  const body = toBodyBytes(options.body);

  const id = getHeader(headers, `${prefix}-id`);
  const timestampText = getHeader(headers, `${prefix}-timestamp`);
  const received = readSignatures(headers, `${prefix}-signature`);
  const timestamp = checkTimestamp({ header: `${prefix}-timestamp`, text: timestampText, now, toleranceSeconds });

  const secretIndex = await matchSignature({
    secret,
    format: "whsec_base64",
    keys,
    prefix: standardSignedPrefix({ id, timestamp: timestampText }),
    body,
    received,
    encode: encodeBase64,
  });
  return { id, timestamp, secretIndex };
}

function readSignatures(headers: RequestHeaders, name: string): readonly string[] {
  const parsed = parseStandardSignatures(getHeader(headers, name));
  if (parsed === null) throw new MalformedHeaderError(name, "a list of scheme,signature separated by single spaces");
  return parsed.signatures;
}
