/**
 * Finds out which usual mistake made a request fail, by undoing each and verifying again. A hint is given only where
 * the result verifies, so it is proof: nobody without the secret can make one appear, and it never makes a request pass.
 * The work is bounded: a refused request costs at most a dozen further HMACs a secret, and one with a large body none.
 */

import type { SignatureHint } from "../errors/no-matching-signature-error.ts";
import type { SecretFormat } from "../secret/secret-profile.ts";
import { joinSignedContent } from "../signature/compute-signature.ts";
import { findMatchingKey } from "../signature/find-matching-key.ts";
import type { SignatureCheck } from "../signature/find-matching-key.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { varyBody } from "./vary-body.ts";
import { varySecret } from "./vary-secret.ts";

/** Bodies above this are not taken apart; most senders, Posthorn among them, stay below. */
const DIAGNOSED_BODY_MAXIMUM_BYTES = 512 * 1024;

export interface FailedCheck extends SignatureCheck {
  readonly secrets: readonly Secret[];
  readonly format: SecretFormat;
  readonly prefix: string;
  readonly body: Uint8Array;
}

/** Undefined where nothing can be proved. */
export async function findHint(failed: FailedCheck): Promise<SignatureHint | undefined> {
  if (failed.received.length === 0 || failed.body.length > DIAGNOSED_BODY_MAXIMUM_BYTES) return undefined;
  for (const { hint, body } of varyBody(failed.body)) {
    const content = joinSignedContent(failed.prefix, body);
    if ((await findMatchingKey({ ...failed, content })) !== null) return hint;
  }
  for (const { hint, key } of failed.secrets.flatMap((secret) => varySecret(secret, failed.format))) {
    if ((await findMatchingKey({ ...failed, keys: [key] })) !== null) return hint;
  }
  return undefined;
}
