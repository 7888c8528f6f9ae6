/**
 * The family of signature headers of the form `t=<unix seconds>,v1=<hex>`, which sign `t.body` with HMAC-SHA256.
 * Members differ in three things only, so a member is data: the header's name, the names its signatures go by, and
 * what a secret looks like.
 */

import type { SecretFormat } from "../secret/secret-profile.ts";

export interface TimestampedScheme {
  /** As it is sent; compared without regard to case. */
  readonly headerName: string;
  /** Each signature is sent once under each of these names, in this order; a receiver accepts any of them. */
  readonly signatureNames: readonly [string, ...string[]];
  readonly secretFormat: SecretFormat;
}

/**
 * SelfCommunity. Its documents have called the only live scheme both `v0` and `v1`, so both names carry the same HMAC
 * and receivers written to either verify.
 */
export const selfCommunity: TimestampedScheme = {
  headerName: "SelfCommunity-Signature",
  signatureNames: ["v0", "v1"],
  secretFormat: "text",
};

/** thesignup. The key is the whole text of the secret, `whsec_` included; nothing is decoded. */
export const theSignup: TimestampedScheme = {
  headerName: "Thesignup-Signature",
  signatureNames: ["v1"],
  secretFormat: "whsec_text",
};
