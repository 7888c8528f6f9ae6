/**
 * A delivery that this node holds a lease on: what the stages from load to record work on. It comes from the store
 * stage (the short way) or from a claim.
 */
import type { SigningPlan } from "./sign/signing-plan.ts";

export type DeliverySource = "publish" | "resend" | "test" | "probe" | "operational";

export interface HeldDelivery {
  readonly deliveryId: number;
  readonly eventId: number;
  readonly tenantId: string;
  readonly endpointId: string;
  /** The endpoint's version when the delivery was leased. */
  readonly version: number;
  /** The endpoint's in-flight cap then. */
  readonly maxInFlight: number;
  readonly type: string;
  readonly source: DeliverySource;
  readonly run: number;
  /** Tries spent in this run before this one. */
  readonly attempts: number;
  /** Tries put off by the receiver in this run. */
  readonly deferrals: number;
  readonly eventCreatedAt: Date;
  /** The trace that its event belongs to, where the server traces. */
  readonly traceparent?: string | null | undefined;
  /** The published bytes of `data`. */
  readonly data: Uint8Array;
  /** How a probe is signed, on the node that made it; null for everything else, and for a probe that was taken over. */
  readonly probe: SigningPlan | null;
  readonly lease: number;
  /** Milliseconds of the monotonic clock when the lease was taken. */
  readonly heldSince: number;
}
