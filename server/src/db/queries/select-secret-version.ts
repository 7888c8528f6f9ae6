/** Reads one secret version of an endpoint with its sealed value: the one with a number, or the active one. */
import type { Queryable, Statement } from "../database.ts";
import { SECRET_VERSION_COLUMNS, type SecretVersionRow } from "./list-secret-versions.ts";

export interface SealedSecretVersionRow extends SecretVersionRow {
  /** Null once it has expired. */
  readonly sealed: Uint8Array | null;
  readonly encryption_key_id: string | null;
}

const SELECT_SECRET_VERSION: Statement = {
  name: "select-secret-version",
  text: `
    select ${SECRET_VERSION_COLUMNS}, sealed, encryption_key_id
    from secret_versions
    where endpoint_id = $1::uuid
      and case when $2::integer is null then state = 'active' else number = $2::integer end`,
};

export async function selectSecretVersion(
  database: Queryable,
  by: { readonly endpointId: string; readonly number: number | null },
): Promise<SealedSecretVersionRow | null> {
  const rows = await database.query<SealedSecretVersionRow>(SELECT_SECRET_VERSION, [by.endpointId, by.number]);
  return rows[0] ?? null;
}
