/**
 * Finds out which usual mistake made a request fail, by undoing each and verifying again. A hint is given only where
 * the result verifies, so it is proof: nobody without the secret can make one appear, and it never makes a request pass.
 * The work is bounded: a refused request costs at most a dozen further checks a secret, and one with a large body none.
 */

import type { SignatureHint } from "../errors/no-matching-signature-error.ts";
import type { SecretFormat } from "../secret/secret-profile.ts";
import { joinSignedContent } from "../signature/compute-signature.ts";
import { findMatchingKey, hmacCheck } from "../signature/find-matching-key.ts";
import type { KeyCheck } from "../signature/find-matching-key.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { varyBody } from "./vary-body.ts";
import { varySecret } from "./vary-secret.ts";

/** Bodies above this are not taken apart; most senders, Posthorn among them, stay below. */
const DIAGNOSED_BODY_MAXIMUM_BYTES = 512 * 1024;

/**
 * Where more keys meet more signatures than this, bodies are not tried again: an Ed25519 signature costs a hundred times
 * an HMAC, and whoever forges requests would choose how many there are.
 */
const DIAGNOSED_PAIRS_MAXIMUM = 64;

/** The secrets of HMACs, and the signatures that they may have made. */
export interface HmacSecrets {
  readonly secrets: readonly Secret[];
  readonly format: SecretFormat;
  readonly received: readonly string[];
  readonly encode: (signature: Uint8Array) => string;
}

export interface FailedCheck {
  readonly checks: readonly KeyCheck[];
  readonly signatureCount: number;
  readonly hmac: HmacSecrets;
  readonly prefix: string;
  readonly body: Uint8Array;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Undefined where nothing can be proved. */
export async function findHint(failed: FailedCheck): Promise<SignatureHint | undefined> {
  if (failed.signatureCount === 0 || failed.body.length > DIAGNOSED_BODY_MAXIMUM_BYTES) return undefined;
  const isFew = failed.checks.length * failed.signatureCount <= DIAGNOSED_PAIRS_MAXIMUM;
  for (const { hint, body } of isFew ? varyBody(failed.body) : []) {
    if ((await findMatchingKey(failed.checks, joinSignedContent(failed.prefix, body))) !== null) return hint;
  }
  const { secrets, format, received, encode } = failed.hmac;
  for (const { hint, key } of secrets.flatMap((secret) => varySecret(secret, format))) {
    if (await hmacCheck({ key, received, encode })(failed.content)) return hint;
  }
  return undefined;
}
