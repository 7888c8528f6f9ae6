/**
 * Adds an endpoint unless the tenant has as many as it may. Call with the tenant's row locked (lock-tenant.ts): the
 * count and the insert are one statement, whose snapshot is newer than the lock.
 */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

/** What callers may set, as it is stored; shared with update-endpoint.ts. */
export interface EndpointValues {
  readonly url: string;
  readonly credentials: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly headerNames: readonly string[];
  readonly encryptionKeyId: string | null;
  readonly description: string;
  readonly eventTypes: readonly string[] | null;
  readonly eventTypesAddedAt: readonly Date[] | null;
  readonly routeKeys: readonly string[];
  readonly channels: readonly string[] | null;
  readonly envelope: "wrapped" | "none";
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number | null;
  readonly timeoutMs: number | null;
  readonly retryWaits: readonly number[] | null;
  readonly verifyTls: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const INSERT_ENDPOINT: Statement = {
  name: "insert-endpoint",
  text: `
    insert into endpoints (id, tenant_id, profile, status_changed_at, created_at, updated_at, url, credentials, headers,
      header_names, encryption_key_id, description, event_types, event_types_added_at, route_keys, channels, envelope,
      rate_limit_per_second, max_in_flight, timeout_ms, retry_waits, verify_tls, metadata, status, status_reason)
    select $1::uuid, $2::uuid, $3::text, $4::timestamptz, $4::timestamptz, $4::timestamptz, $6::text, $7::bytea,
      $8::bytea, $9::text[], $10::text, $11::text, $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::text,
      $17::integer, $18::integer, $19::integer, $20::integer[], $21::boolean, $22::jsonb,
      $23::text, case $23::text when 'active' then null else 'manual' end
    where (select count(*) from endpoints where tenant_id = $2::uuid and deleted_at is null) < $5::integer
    returning ${ENDPOINT_COLUMNS}`,
};

/** The new row, or null when the tenant has `atMost` endpoints already. */
export async function insertEndpoint(
  transaction: Queryable,
  endpoint: {
    readonly id: string;
    readonly tenantId: string;
    readonly profile: string;
    readonly now: Date;
    readonly atMost: number;
    readonly status: "active" | "disabled";
    readonly values: EndpointValues;
  },
): Promise<EndpointRow | null> {
  const rows = await transaction.query<EndpointRow>(INSERT_ENDPOINT, [
    endpoint.id,
    endpoint.tenantId,
    endpoint.profile,
    endpoint.now,
    endpoint.atMost,
    ...toParameters(endpoint.values),
    endpoint.status,
  ]);
  return rows[0] ?? null;
}

/** The values in the order that both statements number them. */
export function toParameters(values: EndpointValues): unknown[] {
  return [
    values.url,
    values.credentials,
    values.headers,
    values.headerNames,
    values.encryptionKeyId,
    values.description,
    values.eventTypes,
    values.eventTypesAddedAt,
    values.routeKeys,
    values.channels,
    values.envelope,
    values.rateLimitPerSecond,
    values.maxInFlight,
    values.timeoutMs,
    values.retryWaits,
    values.verifyTls,
    JSON.stringify(values.metadata),
  ];
}
