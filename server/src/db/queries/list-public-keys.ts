/**
 * Reads the Ed25519 public keys that a tenant's receivers may meet: of every endpoint that is not deleted, the active
 * version, a staged one, and those that retire until their exact end. By endpoint, newest version first.
 */
import type { Queryable, Statement } from "../database.ts";

export interface PublicKeyRow {
  readonly fingerprint: string;
  readonly public_key: Uint8Array;
}

const LIST_PUBLIC_KEYS: Statement = {
  name: "list-public-keys",
  text: `
    select secret_versions.fingerprint, secret_versions.public_key
    from endpoints join secret_versions on secret_versions.endpoint_id = endpoints.id
    where endpoints.tenant_id = $1::uuid and ($2::uuid is null or endpoints.id = $2::uuid)
      and endpoints.signature = 'ed25519' and endpoints.deleted_at is null
      and (secret_versions.state in ('staged', 'active')
        or (secret_versions.state = 'retiring' and secret_versions.expires_at > $3::timestamptz))
    order by endpoints.number, secret_versions.number desc
    limit $4::integer`,
};

export function listPublicKeys(
  database: Queryable,
  of: {
    readonly tenantId: string;
    /** Null: of all endpoints. */
    readonly endpointId: string | null;
    readonly now: Date;
    readonly limit: number;
  },
): Promise<PublicKeyRow[]> {
  return database.query<PublicKeyRow>(LIST_PUBLIC_KEYS, [of.tenantId, of.endpointId, of.now, of.limit]);
}
