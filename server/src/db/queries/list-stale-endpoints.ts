/** Reads the sealed parts of endpoints that are not sealed with the current key, in the order of their ids. */
import type { Queryable, Statement } from "../database.ts";

export interface StaleEndpointRow {
  readonly id: string;
  readonly version: number;
  readonly credentials: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly encryption_key_id: string;
}

const LIST_STALE_ENDPOINTS: Statement = {
  name: "list-stale-endpoints",
  text: `
    select id, version, credentials, headers, encryption_key_id
    from endpoints
    where encryption_key_id <> $1::text and ($2::uuid is null or id > $2::uuid)
    order by id
    limit $3::integer`,
};

export function listStaleEndpoints(
  database: Queryable,
  page: { readonly currentKeyId: string; readonly after: string | null; readonly limit: number },
): Promise<StaleEndpointRow[]> {
  return database.query(LIST_STALE_ENDPOINTS, [page.currentKeyId, page.after, page.limit]);
}
