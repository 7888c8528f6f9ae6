/**
 * What a profile is: how deliveries of an endpoint look and behave on the wire, as data and pure functions. Each
 * profile is one value of this type; nothing outside asks for a profile by its name to decide something.
 */
import type { SecretFormat } from "@posthorn/signing/schemes";

import type { SealedPayload, SealSettings } from "./seal-payload.ts";

export type ProfileName = "standard" | "selfcommunity" | "velt" | "thesignup";

/** `none` sends the published bytes alone, where a profile allows it. */
export type Envelope = "wrapped" | "none";

/** The stored event: all that a body may depend on, so that it is the same at every try. */
export interface ProfileEvent {
  /** The stored key, below 2^53. */
  readonly id: number;
  /** As `Profile.eventId` gives it. */
  readonly eventId: string;
  /** UUID of the tenant. */
  readonly tenantId: string;
  /** Checked at publish: letters, digits, `_`, `-` and full stops only. */
  readonly type: string;
  readonly createdAt: Date;
  /** The published bytes of `data`. */
  readonly data: Uint8Array;
}

/** What the headers of one attempt are made of. */
export interface AttemptFacts {
  /** As `Profile.eventId` gives it. */
  readonly eventId: string;
  readonly type: string;
  /** Number of the attempt in its run, from 1. */
  readonly attempt: number;
  /** Of this attempt, in Unix seconds; also in what is signed. */
  readonly timestamp: number;
  /** One for each live secret version, newest first, in the profile's encoding. */
  readonly signatures: readonly string[];
  /** Of all of them. Only a profile whose endpoints may choose looks at it. */
  readonly signatureScheme: "hmac-sha256" | "ed25519";
  /** Of this server, for `user-agent`. */
  readonly version: string;
}

export interface Profile {
  readonly name: ProfileName;
  readonly secretFormat: SecretFormat;

  /** Waits between tries, each from the failure before it; one try more than there are waits. */
  readonly waitsSeconds: readonly number[];
  /** A wait is drawn evenly from this share below to this share above it. */
  readonly jitter: number;
  /** From the first name server asked to the last byte of the answer. */
  readonly timeoutMs: number;
  /** What 410 does: end the delivery and disable the endpoint, or nothing that other failures do not. */
  readonly gone: "disable" | "fail";
  /** Null where `Retry-After` is ignored. */
  readonly retryAfter: RetryAfterRule | null;
  readonly health: HealthRule;
  /** Types of Posthorn's own that an endpoint of all types gets too; others get only what they name. */
  readonly operationalTypes: readonly string[];
  /** Whether the tenant's other endpoints are told, as Velt has it, of a delivery that was given up. */
  readonly announcesExhaustion: boolean;

  /** The event's id as receivers see it, the same at every try and resend. `publicId` is `evt_…`. */
  eventId(event: { readonly id: number; readonly publicId: string }): string;
  /**
   * The bytes that are sent and signed, but for `seal`. Pure, and never a parsed and printed payload. A profile whose contract fixes
   * the envelope does not look at `envelope`.
   */
  wrap(event: ProfileEvent, envelope: Envelope): Uint8Array;
  /**
   * The third step, behind `wrap`, where the contract has one: done anew at each try, by what the tenant has set then.
   * What comes out is what is signed and sent. Null where the wrapped bytes are.
   */
  readonly seal: ((body: Uint8Array, by: SealSettings, event: Pick<ProfileEvent, "type">) => SealedPayload) | null;
  /** What is signed in front of the body. */
  signedPrefix(facts: { readonly eventId: string; readonly timestamp: number }): string;
  readonly signatureEncoding: "base64" | "hex";
  /** The name, in lower case, of the header that carries the signatures. */
  readonly signatureHeader: string;
  /** All headers of the profile, `content-type` included, in the order in which they are sent. */
  headers(facts: AttemptFacts): readonly (readonly [name: string, value: string])[];
}

export interface RetryAfterRule {
  readonly statuses: readonly number[];
  readonly minMs: number;
  readonly maxMs: number;
  /** In one run; further ones count as failures. */
  readonly maxDeferrals: number;
}

/** When an endpoint that fails is warned about, and when it is stopped. Null: never. */
export interface HealthRule {
  readonly warn: HealthThreshold | null;
  readonly stop: (HealthThreshold & { readonly becomes: "paused" | "disabled" }) | null;
}

/** Met when all three are, all counted since the last success. */
export interface HealthThreshold {
  /** Since the first failure. */
  readonly afterMs: number;
  readonly failedTries: number;
  /** Deliveries that ended `exhausted`. */
  readonly failedDeliveries: number;
}
