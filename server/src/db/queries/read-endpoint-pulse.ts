/**
 * How it goes with an endpoint: its failures since the last success, and how many of its deliveries that were made since
 * a time have ended, up to a bound (`since` is then when the oldest of them was made).
 */
import type { Queryable, Statement } from "../database.ts";

export interface PulseRow {
  readonly failing_since: Date | null;
  readonly consecutive_failures: number;
  readonly failed_deliveries: number;
  readonly warned_at: Date | null;
  readonly ended: number;
  readonly since: Date | null;
}

const statement: Statement = {
  name: "read-endpoint-pulse",
  text: `
with ended as materialized (
  select created_at from (
    select created_at, source from deliveries
    where endpoint_id = $1::uuid order by id desc limit $3::integer
  ) newest
  where created_at >= $2::timestamptz and source in ('publish', 'resend')
)
select h.failing_since, coalesce(h.consecutive_failures, 0) as consecutive_failures,
  coalesce(h.failed_deliveries, 0) as failed_deliveries, h.warned_at,
  (select count(*) from ended)::integer as ended, (select min(created_at) from ended) as since
from (select) as one left join endpoint_health h on h.endpoint_id = $1::uuid`,
};

export async function readEndpointPulse(
  database: Queryable,
  of: { readonly endpointId: string; readonly since: Date; readonly limit: number },
): Promise<PulseRow> {
  const rows = await database.query<PulseRow>(statement, [of.endpointId, of.since, of.limit]);
  const row = rows[0];
  if (row === undefined) throw new Error("Reading an endpoint's pulse returned no row.");
  return row;
}
