/**
 * Signs a request by Standard Webhooks over `id.timestamp.body`, in three headers: scheme `v1` (HMAC-SHA256) with a
 * secret `whsec_…`, scheme `v1a` (Ed25519) with a private key `whsk_…`.
 * Several secrets give several signatures in the order passed; pass the newest first.
 */

import { encodeBase64 } from "../encoding/base64.ts";
import { toBodyBytes } from "../request/request-body.ts";
import type { RequestBody } from "../request/request-body.ts";
import { toUnixSeconds } from "../request/to-unix-seconds.ts";
import { computeSignature, joinSignedContent } from "../signature/compute-signature.ts";
import { signEd25519 } from "../ed25519/ed25519-signature.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { formatStandardSignatures, STANDARD_ED25519_SCHEME } from "./format-standard-signatures.ts";
import { toSigningKeys } from "./standard-keys.ts";
import type { SigningKey } from "./standard-keys.ts";
import { standardSignedPrefix } from "./standard-signed-content.ts";

export interface SignStandardOptions {
  /**
   * `whsec_…` or `whsk_…` as it was shown, or the bytes of an HMAC key; several while a rotation overlaps, newest first.
   */
  readonly secret: Secret | readonly Secret[];
  /** The same at every try of one event: receivers tell repeats by it. Visible ASCII without a full stop. */
  readonly id: string;
  /** Exactly the bytes that will be sent. */
  readonly body: RequestBody;
  /** When this try is made; now by default. Receivers refuse one that is 300 s away from their clock. */
  readonly timestamp?: Date;
}

export interface StandardHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** A full stop in an id would let `a` + `1.x` and `a.1` + `x` sign the same bytes. */
const SIGNABLE_ID = /^[\x21-\x2d\x2f-\x7e]+$/;

/**
 * The headers to send along. Throws MalformedSecretError, SecretTooShortError, BodyAlreadyParsedError,
 * Ed25519UnsupportedError; a TypeError for an id that cannot be signed.
 */
export async function signStandard(options: SignStandardOptions): Promise<StandardHeaders> {
  const { secret, id, body, timestamp = new Date() } = options;
  if (!SIGNABLE_ID.test(id)) throw new TypeError("The id must be visible ASCII characters without a full stop.");
  const keys = toSigningKeys(secret);
  const seconds = toUnixSeconds(timestamp);
  const content = joinSignedContent(standardSignedPrefix({ id, timestamp: seconds }), toBodyBytes(body));
  const signatures = await Promise.all(keys.map((key) => sign(key, content)));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.join(" "),
  };
}

/** One entry of the header. */
async function sign(key: SigningKey, content: Uint8Array<ArrayBuffer>): Promise<string> {
  switch (key.kind) {
    case "hmac":
      return formatStandardSignatures([encodeBase64(await computeSignature(key.key, content))]);
    case "ed25519":
      return formatStandardSignatures([encodeBase64(await signEd25519(key.pair, content))], STANDARD_ED25519_SCHEME);
  }
}
