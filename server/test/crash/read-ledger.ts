/**
 * All that a database says of one tenant's events, in one reading: what stands in the queue, what has ended, which
 * attempts were recorded, and which lanes have a turn coming or asked for.
 */
import type { Database } from "../../src/db/database.ts";

export interface Ledger {
  readonly events: readonly StoredEventRow[];
  readonly queue: readonly QueuedRow[];
  readonly ended: readonly EndedRow[];
  readonly attempts: readonly AttemptedRow[];
  readonly lanes: readonly LaneRow[];
}

export interface StoredEventRow {
  readonly id: number;
  /** The publisher's own id of the event. */
  readonly key: string | null;
  readonly source: string;
  /** How many deliveries its publish was answered with. */
  readonly deliveries: number;
}

export interface QueuedRow {
  readonly delivery_id: number;
  readonly event_id: number;
  readonly endpoint_id: string;
  readonly run: number;
  readonly attempts: number;
  readonly deferrals: number;
  readonly lease: number | null;
}

export interface EndedRow {
  readonly delivery_id: number;
  readonly event_id: number;
  readonly endpoint_id: string;
  readonly run: number;
  readonly attempts: number;
  readonly state: string;
}

export interface AttemptedRow {
  readonly delivery_id: number;
  readonly run: number;
  readonly number: number;
  readonly outcome: string;
  readonly decision: string;
  readonly is_answered: boolean;
}

export interface LaneRow {
  readonly endpoint_id: string;
  /** Its next turn comes by time alone. */
  readonly turns: boolean;
}

const EVENTS = {
  name: "ledger-events",
  text: "select id, key, source, deliveries from events where tenant_id = $1::uuid",
};
const QUEUE = {
  name: "ledger-queue",
  text: `select delivery_id, event_id, endpoint_id, run, attempts, deferrals, lease
    from queue where tenant_id = $1::uuid`,
};
const ENDED = {
  name: "ledger-ended",
  text: `select id as delivery_id, event_id, endpoint_id, run, attempts, state
    from deliveries where tenant_id = $1::uuid`,
};
const ATTEMPTS = {
  name: "ledger-attempts",
  text: `select delivery_id, run, number, outcome, decision, response_status is not null as is_answered
    from attempts where tenant_id = $1::uuid order by id`,
};
const LANES = {
  name: "ledger-lanes",
  text: `select l.endpoint_id, isfinite(l.next_turn_at) as turns
    from lanes l join endpoints e on e.id = l.endpoint_id where e.tenant_id = $1::uuid
    union all
    select e.id, true from turn_requests r join endpoints e on e.id = any (r.endpoint_ids)
    where e.tenant_id = $1::uuid`,
};

/** In one snapshot, so that a node at work beside the reader moves nothing between two tables meanwhile. */
export async function readLedger(database: Database, tenantId: string): Promise<Ledger> {
  return database.transaction(async (transaction) => {
    await transaction.script("set transaction isolation level repeatable read");
    return {
      events: await transaction.query<StoredEventRow>(EVENTS, [tenantId]),
      queue: await transaction.query<QueuedRow>(QUEUE, [tenantId]),
      ended: await transaction.query<EndedRow>(ENDED, [tenantId]),
      attempts: await transaction.query<AttemptedRow>(ATTEMPTS, [tenantId]),
      lanes: await transaction.query<LaneRow>(LANES, [tenantId]),
    };
  });
}
