/**
 * The record statement: a batch of finished attempts, in one round trip and one commit. Each row is found by key and
 * lease, so a node that lost its lease records nothing (fencing). A delivery that ended leaves the queue for the log,
 * one that goes on waits in its lane; the attempt is written beside it. Endpoints that were held back by their cap
 * get their turn. `recoveredEndpointIds` had only successes: their health is cleared where it had suffered.
 */
import type { Queryable, Statement } from "../database.ts";

export interface RecordBatch {
  readonly now: Date;
  readonly deliveryIds: readonly number[];
  readonly leases: readonly number[];
  readonly nextStates: readonly ("succeeded" | "exhausted" | "cancelled" | "pending")[];
  /** Why a delivery was cancelled. */
  readonly endReasons: readonly (string | null)[];
  /** When a pending delivery is due again. */
  readonly dueAts: readonly (Date | null)[];
  /** Set: the whole endpoint waits until then. */
  readonly parkedUntils: readonly (Date | null)[];
  /** Attempts spent in this run, and deferrals, after this one. */
  readonly attempts: readonly number[];
  readonly deferrals: readonly number[];
  /** null: no request was made, and no attempt is written. */
  readonly outcomes: readonly (string | null)[];
  readonly classes: readonly (string | null)[];
  readonly startedAts: readonly (Date | null)[];
  readonly requestUrls: readonly (string | null)[];
  /** JSON text. */
  readonly requestHeaders: readonly (string | null)[];
  readonly requestBytes: readonly (number | null)[];
  /** Secret version numbers joined by commas. */
  readonly signedBy: readonly (string | null)[];
  readonly responseStatuses: readonly (number | null)[];
  /** JSON text. */
  readonly responseHeaders: readonly (string | null)[];
  readonly responseBytes: readonly (number | null)[];
  /** For each attempt the SHA-256 of the sent body (32 bytes, zero where none), then what was kept of the answer. */
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  /** Length of the kept answer; null where there was none. */
  readonly keptLengths: readonly (number | null)[];
  readonly addresses: readonly (string | null)[];
  /** JSON text. */
  readonly timings: readonly (string | null)[];
  /** JSON text. */
  readonly tls: readonly (string | null)[];
  readonly decisions: readonly (string | null)[];
  readonly reasons: readonly (string | null)[];
  readonly recoveredEndpointIds: readonly string[];
}

export interface RecordedRow {
  /** The ordinal, from 1, of an entry whose lease still held. */
  readonly no: number;
  /** null where no request was made, so that no attempt was written. */
  readonly attempt_id: number | null;
  /** The batch freed room of an endpoint that its cap had held back: a claim finds something. */
  readonly freed: boolean;
}

const statement: Statement = {
  name: "record-attempts",
  text: `
with input as materialized (
  select * from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::integer[], $9::integer[], $10::text[], $11::text[], $12::timestamptz[], $13::text[], $14::text[],
    $15::integer[], $16::text[], $17::integer[], $18::text[], $19::integer[], $21::integer[], $22::integer[],
    $23::text[], $24::text[], $25::text[], $26::text[], $27::text[]) with ordinality
    as i (delivery_id, lease, next_state, end_reason, due_at, parked_until, attempts, deferrals, outcome, class,
      started_at, request_url, request_headers, request_bytes, signed_by, response_status, response_headers,
      response_bytes, start, kept_length, address, timings, tls, decision, reason, no)
),
ended as (
  -- By key alone, and not by \`q.lease = …\`, which says that it is not null: of a queue that was nearly empty when its
  -- statistics were made, all that was in flight since the last vacuum looks cheaper to read than ten keys.
  delete from queue q using input i
  where i.next_state <> 'pending' and q.delivery_id = i.delivery_id and coalesce(q.lease, 0) = i.lease
    and q.delivery_id = any (array(select delivery_id from input where next_state <> 'pending'))
  returning q.delivery_id, q.event_id, q.tenant_id, q.endpoint_id, q.type, q.source, q.run, q.created_at,
    q.last_attempt_at, q.last_class, q.last_status, i.no, i.next_state, i.end_reason, i.attempts, i.outcome, i.class,
    i.response_status, i.started_at
),
moved as (
  update queue q set lease = null, due_at = i.due_at, attempts = i.attempts, deferrals = i.deferrals,
    last_attempt_at = coalesce(i.started_at, q.last_attempt_at), last_class = coalesce(i.class, q.last_class),
    last_status = case when i.outcome is null then q.last_status else i.response_status end
  from input i
  where i.next_state = 'pending' and q.delivery_id = i.delivery_id and coalesce(q.lease, 0) = i.lease
    and q.delivery_id = any (array(select delivery_id from input where next_state = 'pending'))
  returning q.delivery_id, q.event_id, q.tenant_id, q.endpoint_id, q.source, q.run, q.due_at, i.no, i.parked_until,
    i.outcome
),
logged as (
  insert into deliveries (id, event_id, tenant_id, endpoint_id, type, source, state, reason, run, attempts, created_at,
    finished_at, last_attempt_at, last_class, last_status)
  select delivery_id, event_id, tenant_id, endpoint_id, type, source, next_state, end_reason, run, attempts, created_at,
    $1::timestamptz, coalesce(started_at, last_attempt_at),
    case when outcome is null then last_class else class end,
    case when outcome is null then last_status else response_status end
  from ended
),
kept as materialized (
  select no, delivery_id, event_id, tenant_id, endpoint_id, source, run,
    case when outcome is not null then nextval('ids') end as attempt_id
  from ended
  union all
  select no, delivery_id, event_id, tenant_id, endpoint_id, source, run,
    case when outcome is not null then nextval('ids') end
  from moved
),
tried as (
  insert into attempts (id, delivery_id, event_id, tenant_id, endpoint_id, run, number, source, started_at, outcome,
    class, request_url, request_headers, request_bytes, request_sha256, signed_by, response_status, response_headers,
    response_body, response_bytes, address, timings, tls, decision, reason, next_at)
  select k.attempt_id, k.delivery_id, k.event_id, k.tenant_id, k.endpoint_id, k.run,
    i.attempts + i.deferrals, k.source, i.started_at, i.outcome, i.class, i.request_url, i.request_headers::json,
    i.request_bytes, substring($20::bytea from i.start + 1 for 32),
    string_to_array(i.signed_by, ',')::integer[], i.response_status, i.response_headers::json,
    case when i.kept_length is not null then substring($20::bytea from i.start + 33 for i.kept_length) end,
    i.response_bytes, i.address, i.timings::json, i.tls::json, i.decision, i.reason, i.due_at
  from kept k join input i on i.no = k.no
  where k.attempt_id is not null
),
laned as (
  insert into lanes (endpoint_id, next_turn_at, parked_until)
  select endpoint_id, greatest(min(due_at), max(parked_until)), max(parked_until)
  from moved group by endpoint_id order by endpoint_id
  on conflict (endpoint_id) do update set
    next_turn_at = greatest(
      least(case when lanes.capped then $1::timestamptz else lanes.next_turn_at end, excluded.next_turn_at),
      lanes.parked_until, excluded.parked_until),
    parked_until = greatest(lanes.parked_until, excluded.parked_until),
    capped = false
  returning endpoint_id
),
freed as (
  -- After the lanes above, for which it may have to wait: held before them in another order, a store that waits for
  -- both would wait for ever.
  update lanes l set next_turn_at = $1::timestamptz, capped = false
  from (
    select endpoint_id from lanes
    where (select count(*) from laned) >= 0
      and endpoint_id in (select endpoint_id from ended) and endpoint_id not in (select endpoint_id from moved) and capped
    for update skip locked
  ) c
  where l.endpoint_id = c.endpoint_id
  returning l.endpoint_id
),
recovered as (
  update endpoint_health set failing_since = null, consecutive_failures = 0, failed_deliveries = 0, warned_at = null,
    last_success_at = $1::timestamptz
  where endpoint_id = any ($28::uuid[]) and (failing_since is not null or consecutive_failures > 0)
)
-- One row for the batch: read as two arrays, not as hundreds of rows.
select array_agg(no) as nos, array_agg(attempt_id) as attempt_ids,
  exists (select from freed)
    or exists (select from lanes where capped and endpoint_id in (select endpoint_id from moved)) as freed
from kept`,
};

/** Null where no lease of the batch held any more. */
interface RecordedColumns {
  readonly nos: readonly number[] | null;
  readonly attempt_ids: readonly (number | null)[] | null;
  readonly freed: boolean;
}

const NOTHING: RecordedColumns = { nos: null, attempt_ids: null, freed: false };

/** Records the batch. Throws DatabaseError; then nothing of it is recorded. */
export async function recordAttempts(database: Queryable, batch: RecordBatch): Promise<RecordedRow[]> {
  const [columns] = await database.query<RecordedColumns>(statement, [
    batch.now,
    batch.deliveryIds,
    batch.leases,
    batch.nextStates,
    batch.endReasons,
    batch.dueAts,
    batch.parkedUntils,
    batch.attempts,
    batch.deferrals,
    batch.outcomes,
    batch.classes,
    batch.startedAts,
    batch.requestUrls,
    batch.requestHeaders,
    batch.requestBytes,
    batch.signedBy,
    batch.responseStatuses,
    batch.responseHeaders,
    batch.responseBytes,
    batch.bytes,
    batch.starts,
    batch.keptLengths,
    batch.addresses,
    batch.timings,
    batch.tls,
    batch.decisions,
    batch.reasons,
    batch.recoveredEndpointIds,
  ]);
  const { nos, attempt_ids: attemptIds, freed } = columns ?? NOTHING;
  return (nos ?? []).map((no, index) => ({ no, attempt_id: attemptIds?.[index] ?? null, freed }));
}
