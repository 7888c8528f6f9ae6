/**
 * What waits of an endpoint, summed up: deliveries of as many tries that are due about the same time are one row, so
 * that a backlog of any size is a few hundred rows. Reads the front of the endpoint's due index up to a bound, and what
 * is in flight.
 */
import type { Queryable, Statement } from "../database.ts";

export interface WaitingGroupRow {
  readonly count: number;
  readonly due_at: Date;
  readonly made_at: Date;
  readonly attempts: number;
  readonly deferrals: number;
  /** Of these, made since the time that was given. */
  readonly recent: number;
}

const statement: Statement = {
  name: "group-waiting",
  text: `
with waiting as materialized (
  (
    select due_at, created_at, attempts, deferrals from queue
    where endpoint_id = $1::uuid and lease is null order by due_at, delivery_id limit $4::integer
  )
  union all
  (
    select $2::timestamptz, created_at, attempts, deferrals from queue
    where endpoint_id = $1::uuid and lease is not null limit $4::integer
  )
),
span as materialized (
  select $2::timestamptz as begins, greatest(max(due_at), $2::timestamptz + interval '1 millisecond') as ends from waiting
)
select count(*)::integer as count, min(w.due_at) as due_at, min(w.created_at) as made_at, w.attempts, w.deferrals,
  count(*) filter (where w.created_at >= $3::timestamptz)::integer as recent
from waiting w cross join span s
group by w.attempts, w.deferrals,
  width_bucket(extract(epoch from w.due_at), extract(epoch from s.begins), extract(epoch from s.ends), $5::integer)
order by 2, 4, 5`,
};

/** `recentSince` says of how many it was made since; `limit` bounds the rows that are read, `buckets` the times. */
export function groupWaiting(
  database: Queryable,
  of: {
    readonly endpointId: string;
    readonly now: Date;
    readonly recentSince: Date;
    readonly limit: number;
    readonly buckets: number;
  },
): Promise<WaitingGroupRow[]> {
  return database.query<WaitingGroupRow>(statement, [of.endpointId, of.now, of.recentSince, of.limit, of.buckets]);
}
