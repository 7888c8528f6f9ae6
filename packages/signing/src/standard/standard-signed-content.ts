/**
 * The bytes that a Standard Webhooks signature covers: `id.timestamp.body`.
 * A hasher that takes pieces (the server's) feeds it the prefix and then the body, so that no body is ever copied.
 */

export interface StandardSignedParts {
  /** The value of `webhook-id`. */
  readonly id: string;
  /** The value of `webhook-timestamp`: Unix seconds, in decimal digits. */
  readonly timestamp: string | number;
}

/** What stands before the body; hash it first, then the exact bytes of the body. */
export function standardSignedPrefix(parts: StandardSignedParts): string {
  return `${parts.id}.${parts.timestamp}.`;
}
