/**
 * A delivery as a row, whichever of the two tables it stands in: the queue while it is unfinished, the log once it has
 * ended. The states `pending` and `in_flight` are not stored; the lease tells them apart.
 */

export interface DeliveryRow {
  readonly id: number;
  readonly event_id: number;
  readonly endpoint_id: string;
  readonly type: string;
  readonly source: "publish" | "resend" | "test" | "probe" | "operational";
  readonly state: "pending" | "in_flight" | "succeeded" | "exhausted" | "cancelled";
  readonly reason: string | null;
  readonly run: number;
  readonly attempts: number;
  readonly due_at: Date | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly last_attempt_at: Date | null;
  readonly last_class: string | null;
  readonly last_status: number | null;
}

/** Of `queue q`; in the order of LOG_COLUMNS. */
export const QUEUE_COLUMNS = `q.delivery_id as id, q.event_id, q.endpoint_id, q.type, q.source,
        case when q.lease is null then 'pending' else 'in_flight' end as state, null::text as reason, q.run, q.attempts,
        case when q.lease is null then q.due_at end as due_at, q.created_at, null::timestamptz as finished_at,
        q.last_attempt_at, q.last_class, q.last_status`;

/** Of `deliveries d`; in the order of QUEUE_COLUMNS. */
export const LOG_COLUMNS = `d.id, d.event_id, d.endpoint_id, d.type, d.source, d.state, d.reason, d.run, d.attempts,
        null::timestamptz as due_at, d.created_at, d.finished_at, d.last_attempt_at, d.last_class, d.last_status`;
