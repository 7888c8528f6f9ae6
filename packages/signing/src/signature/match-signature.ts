/**
 * The last step of every verification: the secret whose signature is in the header, or the error that says, as far
 * as it can be proved, why there is none.
 */

import { BodyAlreadyParsedError } from "../errors/body-already-parsed-error.ts";
import { NoMatchingSignatureError } from "../errors/no-matching-signature-error.ts";
import { findHint } from "../hint/find-hint.ts";
import type { HmacSecrets } from "../hint/find-hint.ts";
import { isStringifiedObject } from "../request/request-body.ts";
import { joinSignedContent } from "./compute-signature.ts";
import { findMatchingKey } from "./find-matching-key.ts";
import type { KeyCheck } from "./find-matching-key.ts";

/** The index of the check that fits. Throws NoMatchingSignatureError, BodyAlreadyParsedError. */
export async function matchSignature(request: {
  /** One for each secret, in their order. */
  readonly checks: readonly KeyCheck[];
  readonly prefix: string;
  readonly body: Uint8Array;
  /** How many of the received signatures the checks look at. */
  readonly signatureCount: number;
  /** The secrets that may have been read in the wrong way. */
  readonly hmac: HmacSecrets;
}): Promise<number> {
  const content = joinSignedContent(request.prefix, request.body);
  const secretIndex = await findMatchingKey(request.checks, content);
  if (secretIndex !== null) return secretIndex;
  if (isStringifiedObject(request.body)) throw new BodyAlreadyParsedError();
  const hint = await findHint({ ...request, content });
  throw new NoMatchingSignatureError({ signatureCount: request.signatureCount, hint });
}
