/**
 * The synchronous pieces of every scheme: secrets to keys, the text before the body, headers to and from text.
 * For senders that compute HMACs with their own crypto; receivers want the root of this package instead.
 */

export {
  encodeEd25519PrivateKey,
  encodeEd25519PublicKey,
  parseEd25519PrivateKey,
  parseEd25519PublicKey,
} from "./ed25519/ed25519-key.ts";
export type { Ed25519KeyPair } from "./ed25519/ed25519-key.ts";
export { decodeBase64, encodeBase64 } from "./encoding/base64.ts";
export { encodeHex } from "./encoding/hex.ts";
export { encodeSecret } from "./secret/encode-secret.ts";
export {
  NEW_SECRET_MINIMUM_BYTES,
  parseNewSecret,
  parseSecret,
  USABLE_SECRET_MINIMUM_BYTES,
} from "./secret/parse-secret.ts";
export type { NewSecretProblem, ParsedSecret, SecretProblem } from "./secret/parse-secret.ts";
export { SECRET_PREFIX, SECRET_PROFILES } from "./secret/secret-profile.ts";
export type { SecretFormat, SecretProfile, SigningProfile } from "./secret/secret-profile.ts";
export {
  formatStandardSignatures,
  STANDARD_ED25519_SCHEME,
  STANDARD_SCHEME,
} from "./standard/format-standard-signatures.ts";
export type { StandardScheme } from "./standard/format-standard-signatures.ts";
export { parseStandardSignatures } from "./standard/parse-standard-signatures.ts";
export type { StandardSignatures } from "./standard/parse-standard-signatures.ts";
export { standardSignedPrefix } from "./standard/standard-signed-content.ts";
export type { StandardSignedParts } from "./standard/standard-signed-content.ts";
export { formatTimestampedHeader } from "./timestamped/format-timestamped-header.ts";
export { parseTimestampedHeader } from "./timestamped/parse-timestamped-header.ts";
export type { TimestampedSignatures } from "./timestamped/parse-timestamped-header.ts";
export { selfCommunity, theSignup } from "./timestamped/timestamped-scheme.ts";
export type { TimestampedScheme } from "./timestamped/timestamped-scheme.ts";
export { timestampedSignedPrefix } from "./timestamped/timestamped-signed-content.ts";
