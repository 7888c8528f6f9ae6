/**
 * Writes sealed parts of endpoints that were sealed anew. An endpoint of another version by now may have other parts: it
 * is left alone. One that somebody holds is passed over, so that nobody waits for this and nobody deadlocks with it.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ResealedEndpoint {
  readonly id: string;
  /** When its parts were read. */
  readonly version: number;
  readonly credentials: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly encryptionKeyId: string | null;
}

const REPLACE_SEALED_ENDPOINTS: Statement = {
  name: "replace-sealed-endpoints",
  text: `
    with resealed as materialized (
      select *
      from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[])
        as resealed (id, version, credentials, headers, key_id)
    ),
    locked as materialized (
      select resealed.*
      from endpoints join resealed using (id, version)
      for no key update of endpoints skip locked
    )
    update endpoints
    set credentials = locked.credentials, headers = locked.headers, encryption_key_id = locked.key_id
    from locked
    where endpoints.id = locked.id
    returning endpoints.id`,
};

/** Resolves to how many were written. */
export async function replaceSealedEndpoints(
  database: Queryable,
  resealed: readonly ResealedEndpoint[],
): Promise<number> {
  const rows = await database.query(REPLACE_SEALED_ENDPOINTS, [
    resealed.map((endpoint) => endpoint.id),
    resealed.map((endpoint) => endpoint.version),
    resealed.map((endpoint) => endpoint.credentials),
    resealed.map((endpoint) => endpoint.headers),
    resealed.map((endpoint) => endpoint.encryptionKeyId),
  ]);
  return rows.length;
}
