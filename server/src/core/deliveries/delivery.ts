/** A delivery as everyone may see it: one event for one endpoint, with its state and the last that is known of it. */
import type { DeliveryRow } from "../../db/queries/delivery-columns.ts";
import type { ErrorClass } from "../attempts/error-class.ts";
import type { DeliveryState } from "./delivery-state.ts";

export type DeliverySource = "publish" | "resend" | "test" | "probe" | "operational";

export interface Delivery {
  readonly id: number;
  readonly eventId: number;
  readonly endpointId: string;
  readonly type: string;
  readonly state: DeliveryState;
  /** Why it was cancelled. */
  readonly reason: string | null;
  readonly source: DeliverySource;
  readonly run: number;
  /** Tries spent in this run. */
  readonly attemptCount: number;
  /** When a pending delivery is due. */
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly lastAttemptAt: Date | null;
  /** The error class of the last attempt; null when it was accepted, or there was none. */
  readonly lastClass: ErrorClass | null;
  readonly lastStatus: number | null;
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    type: row.type,
    state: row.state,
    reason: row.reason,
    source: row.source,
    run: row.run,
    attemptCount: row.attempts,
    dueAt: row.due_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    lastAttemptAt: row.last_attempt_at,
    // Only the record stage writes it, from this list.
    lastClass: row.last_class as ErrorClass | null,
    lastStatus: row.last_status,
  };
}
