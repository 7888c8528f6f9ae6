/**
 * The second half of a claim: from each locked lane leases the deliveries that are due, at most `perLane`, never more
 * than this node's share of the endpoint's in-flight cap (times the prefetch, or what a fast receiver takes in a moment)
 * and rate tokens allow, and gives the lane its next turn:
 *   more is due           → now, behind the lanes that were not visited
 *   cap reached           → when the next record frees room (capped), `cappedMs` later at the latest
 *   rate tokens used up   → when the next token comes (GCRA: paced_until is the theoretical arrival time)
 *   paused or disabled    → never; resume moves it, the sweep empties it
 *   only later ones wait  → when the first of them is due
 *   nothing waits         → the lane goes
 * Its cost follows the lanes visited, never the backlog of one: each is read by (endpoint, due) from the front.
 */
import type { Queryable, Statement } from "../database.ts";

export interface LeasedRow {
  readonly delivery_id: number;
  readonly event_id: number;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly version: number;
  /** The endpoint's in-flight cap, its own or the default. */
  readonly max_in_flight: number;
  readonly type: string;
  readonly source: "publish" | "resend" | "test" | "probe" | "operational";
  readonly run: number;
  readonly attempts: number;
  readonly deferrals: number;
  readonly event_created_at: Date;
  readonly traceparent: string | null;
  readonly data: Uint8Array;
}

const statement: Statement = {
  name: "lease-from-lanes",
  text: `
with lane as materialized (
  select l.endpoint_id, e.version, e.status = 'active' and e.deleted_at is null as open,
    e.rate_limit_per_second as rate, l.paced_until, coalesce(e.max_in_flight, $5::integer) as max_in_flight,
    greatest((coalesce(e.max_in_flight, $5::integer) + $8::integer) / $7::integer * $6::integer, $6::integer, f.hold)
      - leased_by_node(l.endpoint_id, $3::bigint >> 32) as room
  from unnest($2::uuid[]) as v (endpoint_id)
  join lanes l on l.endpoint_id = v.endpoint_id
  left join unnest($10::uuid[], $11::integer[]) as f (endpoint_id, hold) on f.endpoint_id = v.endpoint_id
  left join endpoints e on e.id = l.endpoint_id
),
allowed as materialized (
  select lane.*,
    floor(extract(epoch from pace.burst - (greatest(paced_until, $1::timestamptz) - $1::timestamptz)) * rate) as tokens,
    pace.period, pace.burst
  from lane cross join lateral (
    -- Short bursts are tolerated: a tenth of a second's worth, at least one delivery. Times are whole microseconds,
    -- rounded up: rounded down they would let the rate be exceeded, or give a turn at which no token is there yet.
    select interval '1 microsecond' * ceil(1000000.0 / rate) as period,
      greatest(interval '100 milliseconds', interval '1 microsecond' * ceil(1000000.0 / rate)) as burst
  ) pace
),
quota as materialized (
  select a.*, case when coalesce(open, false) then greatest(least(room, tokens, $4::bigint), 0) else 0 end::integer as size
  from allowed a
),
due as materialized (
  select u.endpoint_id, f.delivery_id, f.due_at, row_number() over (partition by u.endpoint_id order by f.due_at, f.delivery_id) as place,
    u.size
  from quota u cross join lateral (
    select q.delivery_id, q.due_at from queue q
    where q.endpoint_id = u.endpoint_id and q.lease is null
    order by q.due_at, q.delivery_id
    limit u.size + 1
  ) f
),
leased as (
  -- By key alone, and not \`lease is null\`: a plan from when little waited would join all that waits anywhere with it.
  update queue q set lease = $3::bigint
  where q.delivery_id = any (array(select delivery_id from due where place <= size and due_at <= $1::timestamptz))
    and coalesce(q.lease, 0) = 0
  returning q.delivery_id, q.event_id, q.tenant_id, q.endpoint_id, q.type, q.source, q.run, q.attempts, q.deferrals
),
settled as materialized (
  select u.endpoint_id, u.open, u.room, u.tokens, u.size, u.rate, u.period, u.burst, u.paced_until,
    count(d.delivery_id) filter (where d.place <= d.size and d.due_at <= $1::timestamptz) as taken,
    min(d.due_at) filter (where d.place > d.size or d.due_at > $1::timestamptz) as next_due_at
  from quota u left join due d on d.endpoint_id = u.endpoint_id
  group by u.endpoint_id, u.open, u.room, u.tokens, u.size, u.rate, u.period, u.burst, u.paced_until
),
turned as (
  update lanes l set
    next_turn_at = case
      when not coalesce(s.open, false) then 'infinity'
      when s.next_due_at is null then p.paced_until
      when s.next_due_at > $1::timestamptz then s.next_due_at
      when s.room <= s.taken then $1::timestamptz + interval '1 millisecond' * $9::integer
      when s.tokens <= s.taken then p.paced_until - s.burst + s.period
      else $1::timestamptz
    end,
    parked_until = case
      when not coalesce(s.open, false) then 'infinity'::timestamptz
      when s.next_due_at <= $1::timestamptz and s.room > s.taken and s.tokens <= s.taken
        then p.paced_until - s.burst + s.period
    end,
    capped = coalesce(s.open and s.next_due_at <= $1::timestamptz and s.room <= s.taken, false),
    paced_until = p.paced_until
  from settled s cross join lateral (
    select case when s.rate is not null
      then greatest(s.paced_until, $1::timestamptz) + interval '1 microsecond' * ceil(s.taken * 1000000.0 / s.rate)
    end as paced_until
  ) p
  where l.endpoint_id = s.endpoint_id
    and (s.next_due_at is not null or not coalesce(s.open, false) or p.paced_until > $1::timestamptz)
),
emptied as (
  delete from lanes l using settled s
  where l.endpoint_id = s.endpoint_id and s.next_due_at is null and coalesce(s.open, false)
    and (s.rate is null or (s.taken = 0 and coalesce(s.paced_until, '-infinity') <= $1::timestamptz))
)
select l.delivery_id, l.event_id, l.tenant_id, l.endpoint_id, q.version, q.max_in_flight, l.type, l.source, l.run, l.attempts,
  l.deferrals, v.created_at as event_created_at, v.traceparent, v.data
from leased l
join quota q on q.endpoint_id = l.endpoint_id
join events v on v.id = l.event_id
order by l.delivery_id`,
};

/**
 * Call in the transaction that locked the lanes. `prefetch`: how many times its share the node may lease ahead, or as
 * many as `fast` says of an endpoint, if that is more. The share is the cap plus `capSpare`, divided by `capDivisor`
 * (cap-share.ts).
 */
export async function leaseFromLanes(
  transaction: Queryable,
  input: {
    readonly now: Date;
    readonly endpointIds: readonly string[];
    readonly lease: number;
    readonly perLane: number;
    readonly defaultMaxInFlight: number;
    readonly prefetch: number;
    /** How many of each of these endpoints the node may hold. Left out: none is fast. */
    readonly fast?: { readonly endpointIds: readonly string[]; readonly holds: readonly number[] } | undefined;
    readonly capDivisor: number;
    readonly capSpare: number;
    readonly cappedMs: number;
  },
): Promise<LeasedRow[]> {
  return transaction.query<LeasedRow>(statement, [
    input.now,
    input.endpointIds,
    input.lease,
    input.perLane,
    input.defaultMaxInFlight,
    input.prefetch,
    input.capDivisor,
    input.capSpare,
    input.cappedMs,
    input.fast?.endpointIds ?? [],
    input.fast?.holds ?? [],
  ]);
}
