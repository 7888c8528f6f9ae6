/**
 * What the signing secret of each delivery profile looks like, and which of its bytes are the HMAC key.
 * The format belongs to the profile for good: the same text read in two formats is two different keys, and
 * a receiver set up for one never verifies the other.
 *
 *   whsec_base64   `whsec_` + base64; the decoded bytes are the key (Standard Webhooks)
 *   text           any text; its UTF-8 bytes are the key, also where it looks like hex
 *   whsec_text     `whsec_` + an opaque tail; the UTF-8 bytes of the whole text are the key, prefix included
 */

export type SecretFormat = "whsec_base64" | "text" | "whsec_text";

/** The delivery profiles that sign. */
export type SigningProfile = "standard" | "velt" | "selfcommunity" | "thesignup";

export interface SecretProfile {
  readonly format: SecretFormat;
  /** How many random bytes a newly made secret is encoded from. */
  readonly randomBytes: number;
}

/** The prefix of `whsec_base64` and `whsec_text`. */
export const SECRET_PREFIX = "whsec_";

export const SECRET_PROFILES: Readonly<Record<SigningProfile, SecretProfile>> = {
  standard: { format: "whsec_base64", randomBytes: 32 },
  velt: { format: "whsec_base64", randomBytes: 24 },
  selfcommunity: { format: "text", randomBytes: 32 },
  thesignup: { format: "whsec_text", randomBytes: 32 },
};
