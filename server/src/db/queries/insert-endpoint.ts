/**
 * Adds an endpoint unless the tenant has as many as it may, of all profiles or of this one. Call with the tenant's row
 * locked (lock-tenant.ts): the counts and the insert are one statement, whose snapshot is newer than the lock.
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
    with standing as (
      select count(*)::integer as in_all, (count(*) filter (where profile = $3::text))::integer as of_profile
      from endpoints where tenant_id = $2::uuid and deleted_at is null
    ),
    inserted as (
    insert into endpoints (id, tenant_id, profile, status_changed_at, created_at, updated_at, url, credentials, headers,
      header_names, encryption_key_id, description, event_types, event_types_added_at, route_keys, channels, envelope,
      rate_limit_per_second, max_in_flight, timeout_ms, retry_waits, verify_tls, metadata, status, status_reason,
      signature, uid)
    select $1::uuid, $2::uuid, $3::text, $4::timestamptz, $4::timestamptz, $4::timestamptz, $6::text, $7::bytea,
      $8::bytea, $9::text[], $10::text, $11::text, $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::text,
      $17::integer, $18::integer, $19::integer, $20::integer[], $21::boolean, $22::jsonb,
      $23::text, $26::text, $25::text, $27::text
    from standing
    where in_all < $5::integer and ($24::integer is null or of_profile < $24::integer)
    returning ${ENDPOINT_COLUMNS}
    )
    select standing.in_all, standing.of_profile, inserted.* from standing left join inserted on true`,
};

/** How many endpoints the tenant had. */
interface Standing {
  readonly in_all: number;
  readonly of_profile: number;
}

export type InsertedEndpoint = EndpointRow | { readonly refused: "in_all" | "of_profile" };

/** The new row, or which of the two bounds the tenant has reached. */
export async function insertEndpoint(
  transaction: Queryable,
  endpoint: {
    readonly id: string;
    readonly tenantId: string;
    readonly profile: string;
    readonly signature: "hmac" | "ed25519";
    readonly now: Date;
    readonly atMost: number;
    /** Null: as many as of all profiles. */
    readonly atMostOfProfile: number | null;
    readonly status: "active" | "paused" | "disabled";
    readonly reason: string | null;
    readonly uid: string | null;
    readonly values: EndpointValues;
  },
): Promise<InsertedEndpoint> {
  const rows = await transaction.query<Standing & (EndpointRow | { readonly id: null })>(INSERT_ENDPOINT, [
    endpoint.id,
    endpoint.tenantId,
    endpoint.profile,
    endpoint.now,
    endpoint.atMost,
    ...toParameters(endpoint.values),
    endpoint.status,
    endpoint.atMostOfProfile,
    endpoint.signature,
    endpoint.reason,
    endpoint.uid,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error("The count of a tenant's endpoints was not returned.");
  if (row.id !== null) return row;
  return { refused: row.in_all < endpoint.atMost ? "of_profile" : "in_all" };
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
