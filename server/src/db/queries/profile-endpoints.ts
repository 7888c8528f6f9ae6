/**
 * A tenant's endpoints of one profile, for what is set for all of them at once. Their rows are locked in the order of
 * their ids, as recording does, and each write raises their versions, so that every node sees it at the next delivery.
 * `updated_at` stays: what their owner set of them has not changed.
 */
import type { Queryable, Statement } from "../database.ts";

interface ByProfile {
  readonly tenantId: string;
  readonly profile: string;
}

export interface ProfileEndpointRow {
  readonly id: string;
  readonly status: "active" | "paused" | "disabled";
  readonly status_reason: "manual" | "failing" | "gone" | "held" | null;
  readonly event_types: readonly string[] | null;
}

const LIST_IDS: Statement = {
  name: "list-profile-endpoint-ids",
  text: `
    select id from endpoints
    where tenant_id = $1::uuid and profile = $2::text and deleted_at is null
    order by id`,
};

const LOCK: Statement = {
  name: "lock-profile-endpoints",
  text: `
    select id, status, status_reason, event_types from endpoints
    where tenant_id = $1::uuid and profile = $2::text and deleted_at is null
    order by id
    for no key update`,
};

const WRITE: Statement = {
  name: "write-profile-endpoints",
  text: `
    update endpoints e
    set status = i.status, status_reason = i.reason,
      status_changed_at = case when e.status = i.status then e.status_changed_at else $5::timestamptz end,
      route_keys = string_to_array(i.route_keys, ' '), version = e.version + 1
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as i (id, status, reason, route_keys)
    where e.id = i.id`,
};

export async function listProfileEndpointIds(transaction: Queryable, by: ByProfile): Promise<string[]> {
  const rows = await transaction.query<{ id: string }>(LIST_IDS, [by.tenantId, by.profile]);
  return rows.map(({ id }) => id);
}

export function lockProfileEndpoints(transaction: Queryable, by: ByProfile): Promise<ProfileEndpointRow[]> {
  return transaction.query<ProfileEndpointRow>(LOCK, [by.tenantId, by.profile]);
}

/** Call with the rows locked. */
export async function writeProfileEndpoints(
  transaction: Queryable,
  endpoints: readonly {
    readonly id: string;
    readonly status: string;
    readonly statusReason: string | null;
    readonly routeKeys: readonly string[];
  }[],
  now: Date,
): Promise<void> {
  await transaction.query(WRITE, [
    endpoints.map(({ id }) => id),
    endpoints.map(({ status }) => status),
    endpoints.map(({ statusReason }) => statusReason),
    endpoints.map(({ routeKeys }) => routeKeys.join(" ")),
    now,
  ]);
}
