/**
 * Endpoint health in two statements of one transaction: the rows are made where missing and locked in the order of
 * their ids, so that two nodes which saw failures of the same endpoints take turns; then what was decided is written.
 */
import type { Queryable, Statement } from "../database.ts";

export interface HealthRow {
  readonly endpoint_id: string;
  readonly tenant_id: string;
  readonly tenant_number: number;
  readonly profile: string;
  readonly status: "active" | "paused" | "disabled";
  readonly url: string;
  readonly failing_since: Date | null;
  readonly consecutive_failures: number;
  readonly failed_deliveries: number;
  readonly warned_at: Date | null;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
}

const lockStatement: Statement = {
  name: "lock-health",
  text: `
with made as (
  insert into endpoint_health (endpoint_id)
  select id from unnest($1::uuid[]) as i (id) order by id
  on conflict (endpoint_id) do update set consecutive_failures = endpoint_health.consecutive_failures
  returning *
)
select h.*, e.tenant_id, t.number as tenant_number, e.profile, e.status, e.url
from made h join endpoints e on e.id = h.endpoint_id join tenants t on t.id = e.tenant_id
where e.deleted_at is null
order by h.endpoint_id`,
};

/** Locks and returns the health of endpoints that are not deleted. */
export async function lockHealth(transaction: Queryable, endpointIds: readonly string[]): Promise<HealthRow[]> {
  return transaction.query<HealthRow>(lockStatement, [endpointIds]);
}

export type HealthUpdate = Omit<HealthRow, "tenant_id" | "tenant_number" | "profile" | "status" | "url">;

const writeStatement: Statement = {
  name: "write-health",
  text: `
update endpoint_health h set failing_since = i.failing_since, consecutive_failures = i.consecutive_failures,
  failed_deliveries = i.failed_deliveries, warned_at = i.warned_at, last_success_at = i.last_success_at,
  last_failure_at = i.last_failure_at
from unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[], $5::timestamptz[], $6::timestamptz[],
  $7::timestamptz[]) as i (endpoint_id, failing_since, consecutive_failures, failed_deliveries, warned_at,
  last_success_at, last_failure_at)
where h.endpoint_id = i.endpoint_id`,
};

export async function writeHealth(transaction: Queryable, rows: readonly HealthUpdate[]): Promise<void> {
  await transaction.query(writeStatement, [
    rows.map((row) => row.endpoint_id),
    rows.map((row) => row.failing_since),
    rows.map((row) => row.consecutive_failures),
    rows.map((row) => row.failed_deliveries),
    rows.map((row) => row.warned_at),
    rows.map((row) => row.last_success_at),
    rows.map((row) => row.last_failure_at),
  ]);
}
