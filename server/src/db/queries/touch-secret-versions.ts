/**
 * Writes when secret versions last signed. A row that somebody else holds is passed over, and a time never goes back: so
 * nodes that write at the same moment wait for nobody and undo nothing.
 */
import type { Queryable, Statement } from "../database.ts";

export interface SecretUse {
  readonly endpointId: string;
  readonly number: number;
  readonly at: Date;
}

const TOUCH_SECRET_VERSIONS: Statement = {
  name: "touch-secret-versions",
  text: `
    with used as materialized (
      select * from unnest($1::uuid[], $2::integer[], $3::timestamptz[]) as used (endpoint_id, number, at)
    ),
    locked as materialized (
      select secret_versions.endpoint_id, secret_versions.number, used.at
      from secret_versions join used using (endpoint_id, number)
      for no key update of secret_versions skip locked
    )
    update secret_versions
    set last_used_at = greatest(last_used_at, locked.at)
    from locked
    where secret_versions.endpoint_id = locked.endpoint_id and secret_versions.number = locked.number
    returning secret_versions.endpoint_id, secret_versions.number`,
};

/** Resolves to those that were written; the others are to be given again. */
export function touchSecretVersions(
  database: Queryable,
  uses: readonly SecretUse[],
): Promise<{ endpoint_id: string; number: number }[]> {
  return database.query(TOUCH_SECRET_VERSIONS, [
    uses.map((use) => use.endpointId),
    uses.map((use) => use.number),
    uses.map((use) => use.at),
  ]);
}
