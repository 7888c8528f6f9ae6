/**
 * Sign and verify webhooks on anything with WebCrypto. Each framework has its own adapter (`/fetch`, `/express`,
 * `/fastify`, `/nestjs`, `/lambda`, `/koa`); the synchronous pieces for senders are in `/schemes`.
 */

export { BodyAlreadyParsedError } from "./errors/body-already-parsed-error.ts";
export { BodyTooLargeError } from "./errors/body-too-large-error.ts";
export { Ed25519UnsupportedError } from "./errors/ed25519-unsupported-error.ts";
export { EventInProgressError } from "./errors/event-in-progress-error.ts";
export { KeysUnavailableError } from "./errors/keys-unavailable-error.ts";
export { MalformedEventError } from "./errors/malformed-event-error.ts";
export { MalformedHeaderError } from "./errors/malformed-header-error.ts";
export { MalformedSecretError } from "./errors/malformed-secret-error.ts";
export { MissingHeaderError } from "./errors/missing-header-error.ts";
export { NoMatchingSignatureError } from "./errors/no-matching-signature-error.ts";
export type { SignatureHint } from "./errors/no-matching-signature-error.ts";
export { SecretTooShortError } from "./errors/secret-too-short-error.ts";
export { SigningError } from "./errors/signing-error.ts";
export type { SigningErrorCode } from "./errors/signing-error.ts";
export { TimestampTooNewError } from "./errors/timestamp-too-new-error.ts";
export { TimestampTooOldError } from "./errors/timestamp-too-old-error.ts";
export type { EnvelopeParts, EnvelopeReader } from "./receive/read-envelope.ts";
export { verifyEvent } from "./receive/verify-event.ts";
export type { VerifyEventOptions } from "./receive/verify-event.ts";
export type { WebhookEvent, WebhookEventOf } from "./receive/webhook-event.ts";
export type { SecretSource, WebhookOptions } from "./receive/webhook-options.ts";
export { DEFAULT_TOLERANCE_SECONDS } from "./request/check-timestamp.ts";
export type { RequestBody } from "./request/request-body.ts";
export type { RequestHeaders } from "./request/request-headers.ts";
export type { SecretFormat } from "./secret/secret-profile.ts";
export type { Secret } from "./signature/secrets-to-keys.ts";
export { signStandard } from "./standard/sign-standard.ts";
export type { SignStandardOptions, StandardHeaders } from "./standard/sign-standard.ts";
export { verifyStandard } from "./standard/verify-standard.ts";
export type { VerifiedStandard, VerifyStandardOptions } from "./standard/verify-standard.ts";
export { signTimestamped } from "./timestamped/sign-timestamped.ts";
export type { SignTimestampedOptions } from "./timestamped/sign-timestamped.ts";
export { selfCommunity, theSignup } from "./timestamped/timestamped-scheme.ts";
export type { TimestampedScheme } from "./timestamped/timestamped-scheme.ts";
export { verifyTimestamped } from "./timestamped/verify-timestamped.ts";
export type { VerifiedTimestamped, VerifyTimestampedOptions } from "./timestamped/verify-timestamped.ts";
