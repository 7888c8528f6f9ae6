/**
 * The last step of every verification: the secret whose signature is in the header, or the error that says, as far
 * as it can be proved, why there is none.
 */

import { BodyAlreadyParsedError } from "../errors/body-already-parsed-error.ts";
import { NoMatchingSignatureError } from "../errors/no-matching-signature-error.ts";
import { findHint } from "../hint/find-hint.ts";
import { isStringifiedObject } from "../request/request-body.ts";
import type { SecretFormat } from "../secret/secret-profile.ts";
import { joinSignedContent } from "./compute-signature.ts";
import { findMatchingKey } from "./find-matching-key.ts";
import { listSecrets } from "./secrets-to-keys.ts";
import type { Secret } from "./secrets-to-keys.ts";

/** The index of the secret that fits. Throws NoMatchingSignatureError, BodyAlreadyParsedError. */
export async function matchSignature(request: {
  readonly secret: Secret | readonly Secret[];
  readonly format: SecretFormat;
  readonly keys: readonly Uint8Array[];
  readonly prefix: string;
  readonly body: Uint8Array;
  readonly received: readonly string[];
  readonly encode: (signature: Uint8Array) => string;
}): Promise<number> {
  const content = joinSignedContent(request.prefix, request.body);
  const secretIndex = await findMatchingKey({ ...request, content });
  if (secretIndex !== null) return secretIndex;
  if (isStringifiedObject(request.body)) throw new BodyAlreadyParsedError();
  const hint = await findHint({ ...request, content, secrets: listSecrets(request.secret) });
  throw new NoMatchingSignatureError({ signatureCount: request.received.length, hint });
}
