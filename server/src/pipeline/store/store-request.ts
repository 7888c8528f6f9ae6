/** What is handed to the store stage, and what comes back: one publish, of one event or of a batch. */
import type { SigningPlan } from "../sign/signing-plan.ts";

export interface StoreRequest {
  readonly tenantId: string;
  readonly tenantNumber: number;
  /** The API key that publishes; null for the root key and for Posthorn itself. */
  readonly keyId: string | null;
  readonly source: "publish" | "test" | "probe" | "operational";
  readonly events: readonly EventToStore[];
  /** How a probe is signed. It is not stored: a probe is sent by the node that made it, or not at all. */
  readonly probe?: SigningPlan;
  /** Set: the events go to this endpoint alone, whatever its filters. */
  readonly targetEndpointId: string | null;
  /** The trace that the publish belongs to, where the server traces. */
  readonly traceparent?: string | null | undefined;
  /** Set: the events go to every endpoint that wants them but this one. */
  readonly exceptEndpointId?: string | undefined;
  /** The publisher's Idempotency-Key, with the SHA-256 (hex) of the request's body. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

export interface EventToStore {
  readonly type: string;
  /** The published bytes of `data`, as they came. */
  readonly data: Uint8Array;
  readonly channels: readonly string[] | null;
  /** The publisher's own id, with the SHA-256 (hex) of what it names. */
  readonly id: { readonly key: string; readonly fingerprint: string } | null;
  /** Set: the key that was drawn for it when it was published, in the product's own transaction. */
  readonly givenId?: number;
}

export interface StoredEvent {
  readonly id: number;
  readonly deliveries: number;
}

export type StoreOutcome =
  | { readonly kind: "stored"; readonly events: readonly StoredEvent[] }
  /** The same publish was stored before; these are the events it made then. */
  | { readonly kind: "repeated"; readonly events: readonly StoredEvent[] }
  | { readonly kind: "refused"; readonly problem: StoreRefusal; readonly detail: string };

export type StoreRefusal =
  | "not_found"
  | "unauthenticated"
  | "scope_required"
  | "event_type_unknown"
  | "target_gone"
  /** The publisher's id names an event with another content. */
  | "event_id_reused"
  | "idempotency_key_reused";

/** How many deduplication keys a request claims. */
export function countKeys(request: StoreRequest): number {
  return request.events.filter((event) => event.id !== null).length + (request.idempotency === null ? 0 : 1);
}
