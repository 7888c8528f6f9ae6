/** The newest attempts of an endpoint's published deliveries: how they ended, after how long, and what was asked for. */
import type { Queryable, Statement } from "../database.ts";

export interface RecentOutcomeRow {
  /** Null where it was accepted. */
  readonly class: string | null;
  readonly status: number | null;
  readonly retry_after: string | null;
  readonly total_ms: number | null;
}

const statement: Statement = {
  name: "list-recent-outcomes",
  text: `
select a.class, a.response_status as status, (a.timings ->> 'totalMs')::float8 as total_ms,
  (
    select h.pair ->> 1 from json_array_elements(a.response_headers) as h (pair)
    where h.pair ->> 0 = 'retry-after' limit 1
  ) as retry_after
from attempts a
where a.endpoint_id = $1::uuid and a.source in ('publish', 'resend')
order by a.id desc
limit $2::integer`,
};

export function listRecentOutcomes(
  database: Queryable,
  of: { readonly endpointId: string; readonly limit: number },
): Promise<RecentOutcomeRow[]> {
  return database.query<RecentOutcomeRow>(statement, [of.endpointId, of.limit]);
}
