/** Reads the secret versions of an endpoint, newest first; never their values. */
import type { Queryable, Statement } from "../database.ts";

export interface SecretVersionRow {
  readonly number: number;
  readonly state: "staged" | "active" | "retiring" | "expired";
  readonly scheme: string;
  readonly fingerprint: string;
  readonly public_key: Uint8Array | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly activated_at: Date | null;
  readonly expires_at: Date | null;
  readonly planned_end_at: Date | null;
  readonly last_used_at: Date | null;
}

export const SECRET_VERSION_COLUMNS =
  "number, state, scheme, fingerprint, public_key, created_by, created_at, activated_at, expires_at, planned_end_at, last_used_at";

const LIST_SECRET_VERSIONS: Statement = {
  name: "list-secret-versions",
  text: `
    select ${SECRET_VERSION_COLUMNS}
    from secret_versions
    where endpoint_id = $1::uuid and ($2::integer is null or number < $2::integer)
    order by number desc
    limit $3::integer`,
};

export function listSecretVersions(
  database: Queryable,
  page: { readonly endpointId: string; readonly after: number | null; readonly limit: number },
): Promise<SecretVersionRow[]> {
  return database.query<SecretVersionRow>(LIST_SECRET_VERSIONS, [page.endpointId, page.after, page.limit]);
}
