/**
 * Adds a secret version and raises the endpoint's version, so that the next event is signed with an active one on every
 * node. Partial unique indexes refuse a second active or staged version.
 */
import type { Queryable, Statement } from "../database.ts";
import { SECRET_VERSION_COLUMNS, type SecretVersionRow } from "./list-secret-versions.ts";

const INSERT_SECRET_VERSION: Statement = {
  name: "insert-secret-version",
  text: `
    with raised as (
      update endpoints set version = version + 1 where id = $1::uuid
    )
    insert into secret_versions (endpoint_id, number, state, scheme, fingerprint, sealed, encryption_key_id, created_by,
      created_at, activated_at, public_key)
    values ($1::uuid, $2::integer, $9::text, $3::text, $4::text, $5::bytea, $6::text, $7::text, $8::timestamptz,
      case when $9::text = 'active' then $8::timestamptz end, $10::bytea)
    returning ${SECRET_VERSION_COLUMNS}`,
};

export async function insertSecretVersion(
  transaction: Queryable,
  version: {
    readonly endpointId: string;
    readonly number: number;
    readonly state: "staged" | "active";
    readonly scheme: string;
    readonly fingerprint: string;
    readonly publicKey: Uint8Array | null;
    readonly sealed: Uint8Array;
    readonly encryptionKeyId: string;
    readonly createdBy: string;
    readonly now: Date;
  },
): Promise<SecretVersionRow> {
  const rows = await transaction.query<SecretVersionRow>(INSERT_SECRET_VERSION, [
    version.endpointId,
    version.number,
    version.scheme,
    version.fingerprint,
    version.sealed,
    version.encryptionKeyId,
    version.createdBy,
    version.now,
    version.state,
    version.publicKey,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error("An inserted secret version was not returned.");
  return row;
}
