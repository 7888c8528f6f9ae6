/**
 * Writes secrets that were sealed anew. One whose row names another key by now, or has lost its value, is left alone;
 * one that somebody holds is passed over, so that nobody waits for this and nobody deadlocks with it.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ResealedSecret {
  readonly endpointId: string;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
  readonly oldKeyId: string;
}

const REPLACE_SEALED_SECRETS: Statement = {
  name: "replace-sealed-secrets",
  text: `
    with resealed as materialized (
      select *
      from unnest($1::uuid[], $2::integer[], $3::bytea[], $4::text[], $5::text[])
        as resealed (endpoint_id, number, sealed, key_id, old_key_id)
    ),
    locked as materialized (
      select resealed.*
      from secret_versions join resealed using (endpoint_id, number)
      where secret_versions.encryption_key_id = resealed.old_key_id
      for no key update of secret_versions skip locked
    )
    update secret_versions
    set sealed = locked.sealed, encryption_key_id = locked.key_id
    from locked
    where secret_versions.endpoint_id = locked.endpoint_id and secret_versions.number = locked.number
    returning secret_versions.number`,
};

/** Resolves to how many were written. */
export async function replaceSealedSecrets(database: Queryable, resealed: readonly ResealedSecret[]): Promise<number> {
  const rows = await database.query(REPLACE_SEALED_SECRETS, [
    resealed.map((secret) => secret.endpointId),
    resealed.map((secret) => secret.number),
    resealed.map((secret) => secret.sealed),
    resealed.map((secret) => secret.encryptionKeyId),
    resealed.map((secret) => secret.oldKeyId),
  ]);
  return rows.length;
}
