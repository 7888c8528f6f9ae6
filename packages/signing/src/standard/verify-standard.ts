/**
 * Verifies a request signed by Standard Webhooks, schemes `v1` (HMAC) and `v1a` (Ed25519). It resolves only when one of the secrets made one of
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
import { ed25519Check, hmacCheck } from "../signature/find-matching-key.ts";
import { matchSignature } from "../signature/match-signature.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { parseStandardSignatures } from "./parse-standard-signatures.ts";
import type { StandardSignatures } from "./parse-standard-signatures.ts";
import { listHmacSecrets, toVerifyingKeys } from "./standard-keys.ts";
import { standardSignedPrefix } from "./standard-signed-content.ts";

export interface VerifyStandardOptions {
  /**
   * `whsec_…`, or the public key `whpk_…`, as it was shown; or the bytes of an HMAC key. Several in an overlap, or
   * while a sender changes from one kind to the other.
   */
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
 * TimestampTooOldError, TimestampTooNewError, NoMatchingSignatureError, Ed25519UnsupportedError.
 */
export async function verifyStandard(options: VerifyStandardOptions): Promise<VerifiedStandard> {
  const { secret, headers, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = new Date() } = options;
  const prefix = options.headerPrefix ?? "webhook";
  const keys = toVerifyingKeys(secret);
  const body = toBodyBytes(options.body);

  const id = getHeader(headers, `${prefix}-id`);
  const timestampText = getHeader(headers, `${prefix}-timestamp`);
  const received = readSignatures(headers, `${prefix}-signature`);
  const timestamp = checkTimestamp({ header: `${prefix}-timestamp`, text: timestampText, now, toleranceSeconds });

  const secretIndex = await matchSignature({
    checks: keys.map((key) =>
      key.kind === "hmac"
        ? hmacCheck({ key: key.key, received: received.signatures, encode: encodeBase64 })
        : ed25519Check({ publicKey: key.publicKey, received: received.ed25519Signatures }),
    ),
    prefix: standardSignedPrefix({ id, timestamp: timestampText }),
    body,
    signatureCount:
      (keys.some((key) => key.kind === "hmac") ? received.signatures.length : 0) +
      (keys.some((key) => key.kind === "ed25519") ? received.ed25519Signatures.length : 0),
    hmac: {
      secrets: listHmacSecrets(secret),
      format: "whsec_base64",
      received: received.signatures,
      encode: encodeBase64,
    },
  });
  return { id, timestamp, secretIndex };
}

/**
 * An Ed25519 signature costs its receiver a hundred times an HMAC, whoever wrote it. Eleven secret versions can sign at
 * once in Posthorn.
 */
const ED25519_SIGNATURES_MAXIMUM = 16;

function readSignatures(headers: RequestHeaders, name: string): StandardSignatures {
  const parsed = parseStandardSignatures(getHeader(headers, name));
  if (parsed === null) throw new MalformedHeaderError(name, "a list of scheme,signature separated by single spaces");
  if (parsed.ed25519Signatures.length > ED25519_SIGNATURES_MAXIMUM) {
    throw new MalformedHeaderError(name, `a list of at most ${ED25519_SIGNATURES_MAXIMUM} v1a signatures`);
  }
  return parsed;
}
