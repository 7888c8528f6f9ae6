/**
 * A publish met a deduplication key that was taken. Decides (pure) from what the earlier publishes answered: the same
 * content gives their answer again, another content is refused. Of a batch, the events that are new are still to be
 * stored; they come back as `rest`, which may be none.
 */
import type { PublishKeyRow } from "../../db/queries/find-publish-keys.ts";
import type { EventToStore, StoredEvent, StoreRequest, StoreOutcome } from "./store-request.ts";

export type Settlement =
  | { readonly kind: "settled"; readonly outcome: StoreOutcome }
  | {
      readonly kind: "rest";
      readonly request: StoreRequest;
      readonly merge: (stored: readonly StoredEvent[]) => StoredEvent[];
    }
  /** The keys were gone again when they were read: store anew. */
  | { readonly kind: "again" };

export function settleConflict(request: StoreRequest, taken: readonly PublishKeyRow[]): Settlement {
  const find = (kind: string, key: string): PublishKeyRow | undefined =>
    taken.find((row) => row.kind === kind && row.key === key);

  const earlier = request.idempotency === null ? undefined : find("idempotency", request.idempotency.key);
  if (earlier !== undefined && request.idempotency !== null) {
    if (hex(earlier.fingerprint) !== request.idempotency.fingerprint) {
      return refused("idempotency_key_reused", request.idempotency.key);
    }
    return { kind: "settled", outcome: { kind: "repeated", events: earlier.answer } };
  }

  const known = new Map<EventToStore, StoredEvent>();
  for (const event of request.events) {
    const row = event.id === null ? undefined : find("id", event.id.key);
    if (row === undefined || event.id === null) continue;
    if (hex(row.fingerprint) !== event.id.fingerprint) return refused("event_id_reused", event.id.key);
    const stored = row.answer[0];
    if (stored !== undefined) known.set(event, stored);
  }
  if (known.size === 0) return { kind: "again" };
  return {
    kind: "rest",
    request: { ...request, events: request.events.filter((event) => !known.has(event)) },
    merge: (stored) => {
      const rest = [...stored];
      return request.events.flatMap((event) => known.get(event) ?? rest.shift() ?? []);
    },
  };
}

function refused(problem: "event_id_reused" | "idempotency_key_reused", detail: string): Settlement {
  return { kind: "settled", outcome: { kind: "refused", problem, detail } };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
