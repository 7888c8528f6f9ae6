/**
 * What the engine needs of endpoints to deliver to them, with their live secret versions still sealed. Read when an
 * entry of the cache is missing for the version at hand.
 */
import type { Queryable, Statement } from "../database.ts";

export interface LoadedEndpointRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly version: number;
  readonly status: "active" | "paused" | "disabled";
  readonly deleted: boolean;
  readonly url: string;
  readonly credentials: Uint8Array | null;
  readonly profile: "standard" | "selfcommunity" | "velt" | "thesignup";
  readonly envelope: "wrapped" | "none";
  readonly headers: Uint8Array | null;
  readonly encryption_key_id: string | null;
  readonly timeout_ms: number | null;
  readonly retry_waits: number[] | null;
  readonly verify_tls: boolean;
  /** What the tenant has set for the endpoint's profile; null where nothing is. */
  readonly encode_data: boolean | null;
  readonly encrypt_data: boolean | null;
  readonly public_key: string | null;
}

export interface LoadedSecretRow {
  readonly endpoint_id: string;
  readonly number: number;
  readonly state: "active" | "retiring";
  readonly scheme: "hmac-sha256" | "ed25519";
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
  readonly expires_at: Date | null;
}

const endpointStatement: Statement = {
  name: "load-endpoints",
  text: `
select e.id, e.tenant_id, e.version, e.status, e.deleted_at is not null as deleted, e.url, e.credentials, e.profile,
  e.envelope, e.headers, e.encryption_key_id, e.timeout_ms, e.retry_waits, e.verify_tls, s.encode_data, s.encrypt_data,
  s.public_key
from endpoints e
left join profile_settings s on s.tenant_id = e.tenant_id and s.profile = e.profile
where e.id = any ($1::uuid[])`,
};

const secretStatement: Statement = {
  name: "load-live-secrets",
  text: `
select endpoint_id, number, state, scheme, sealed, encryption_key_id, expires_at
from secret_versions
where endpoint_id = any ($1::uuid[]) and state in ('active', 'retiring')
order by endpoint_id, state = 'active' desc, activated_at desc, number desc`,
};

/**
 * The endpoint rows are read before their secrets: a change in between is seen with the older version number, so a
 * cached entry may hold newer secrets than its version says, never older ones.
 */
export async function loadEndpoints(
  database: Queryable,
  endpointIds: readonly string[],
): Promise<{ endpoints: LoadedEndpointRow[]; secrets: LoadedSecretRow[] }> {
  const endpoints = await database.query<LoadedEndpointRow>(endpointStatement, [endpointIds]);
  const secrets = await database.query<LoadedSecretRow>(secretStatement, [endpointIds]);
  return { endpoints, secrets };
}
