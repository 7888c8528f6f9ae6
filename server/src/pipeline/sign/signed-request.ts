/** The request of one attempt, signed: what goes to the receiver, and what is recorded of it. */
export interface SignedRequest {
  /** Milliseconds since 1970: the moment that decided which versions sign. */
  readonly signedAtMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly bodySha256: Uint8Array;
  /** Numbers of the secret versions that signed, newest first. */
  readonly signedBy: readonly number[];
  /** Set: nothing may be sent, for what this sentence says. Then the body is empty and nothing is signed. */
  readonly obstacle: string | null;
}
