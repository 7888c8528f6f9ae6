/**
 * How endpoints stand: since when in their status, how they have failed, and when a delivery last succeeded. Health is
 * written on failures and on the first success after them; other successes are read from the newest ended deliveries.
 */
import type { Queryable, Statement } from "../database.ts";

export interface EndpointStandingRow {
  readonly endpoint_id: string;
  readonly status_changed_at: Date;
  readonly consecutive_failures: number;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
}

const LIST_ENDPOINT_STANDINGS: Statement = {
  name: "list-endpoint-standings",
  text: `
    select e.id as endpoint_id, e.status_changed_at, coalesce(h.consecutive_failures, 0) as consecutive_failures,
      greatest(h.last_success_at, succeeded.at) as last_success_at, h.last_failure_at
    from endpoints e
    left join endpoint_health h on h.endpoint_id = e.id
    cross join lateral (
      select max(newest.finished_at) as at
      from (
        select d.state, d.source, d.finished_at from deliveries d
        where d.endpoint_id = e.id order by d.id desc limit $2::integer
      ) newest
      where newest.state = 'succeeded' and newest.source in ('publish', 'resend')
    ) succeeded
    where e.id = any ($1::uuid[])`,
};

/** `window`: how many of each endpoint's ended deliveries are looked at. */
export function listEndpointStandings(
  database: Queryable,
  of: { readonly endpointIds: readonly string[]; readonly window: number },
): Promise<EndpointStandingRow[]> {
  return database.query<EndpointStandingRow>(LIST_ENDPOINT_STANDINGS, [of.endpointIds, of.window]);
}
