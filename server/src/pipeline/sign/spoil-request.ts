/**
 * Makes of a signed request what a probe needs a receiver to refuse (pure): the signature header taken away where
 * nobody signs, or the body changed by one byte after it was signed.
 */
import { hash } from "node:crypto";

import type { SignedRequest } from "./signed-request.ts";
import type { SigningPlan } from "./signing-plan.ts";

export function spoilRequest(request: SignedRequest, plan: SigningPlan, signatureHeader: string): SignedRequest {
  const headers =
    plan.secrets.length > 0
      ? request.headers
      : request.headers.filter(([name]) => name.toLowerCase() !== signatureHeader);
  if (!plan.isAltered) return { ...request, headers };
  const body = alterOneByte(request.body);
  return { ...request, headers, body, bodySha256: hash("sha256", body, "buffer") };
}

const CASE_BIT = 0x20;

/** The last letter of the body in the other case. What a probe carries ends with a letter in a string: it stays JSON. */
function alterOneByte(body: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(body);
  const last = altered.findLastIndex(isLetter);
  if (last === -1) throw new Error("The body of a probe has no letter to alter.");
  altered[last] = (altered[last] ?? 0) ^ CASE_BIT;
  return altered;
}

function isLetter(byte: number): boolean {
  const lower = byte | CASE_BIT;
  return lower >= 0x61 && lower <= 0x7a;
}
