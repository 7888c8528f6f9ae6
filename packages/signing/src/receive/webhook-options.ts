/** What every adapter is told about the sender whose requests it verifies. */

import type { Secret } from "../signature/secrets-to-keys.ts";
import type { TimestampedScheme } from "../timestamped/timestamped-scheme.ts";
import type { EnvelopeReader } from "./read-envelope.ts";

/** Secrets that change while the receiver runs, such as the public keys of a JWKS. */
export interface SecretSource {
  /** The secrets as they are known. */
  current(): Promise<readonly Secret[]>;
  /** The secrets after a fresh look, when none of the current ones fits; null where it is too early for another. */
  refresh(): Promise<readonly Secret[] | null>;
}

export interface WebhookOptions {
  /** As it was shown; several while one replaces the other; or where to look for them. */
  readonly secret: Secret | readonly Secret[] | SecretSource;
  /** `standard` by default; or a scheme of the `t=…` family, such as selfCommunity or theSignup. */
  readonly scheme?: "standard" | TimestampedScheme;
  /** What the headers' names begin with, in the standard scheme: `webhook` by default. */
  readonly headerPrefix?: string;
  /** How far the timestamp may be from `now`, in either direction; 300 by default. */
  readonly toleranceSeconds?: number;
  /** This machine's time by default. */
  readonly now?: Date;
  /** How to read the body, where it is not the scheme's own envelope. */
  readonly envelope?: EnvelopeReader;
  /** The largest body that is taken; 1 MiB by default. */
  readonly maxBodyBytes?: number;
}

/** Four times the largest event that Posthorn takes. */
const MAX_BODY_BYTES_DEFAULT = 1024 * 1024;

export function maxBodyBytesOf(options: { readonly maxBodyBytes?: number } | undefined): number {
  return options?.maxBodyBytes ?? MAX_BODY_BYTES_DEFAULT;
}
