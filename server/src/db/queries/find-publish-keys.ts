/** What earlier publishes answered under the given deduplication keys. Keys that never were, or have ended, are absent. */
import type { Queryable, Statement } from "../database.ts";

export interface PublishKeyRow {
  readonly kind: "id" | "idempotency";
  readonly key: string;
  /** SHA-256 of what was published under the key. */
  readonly fingerprint: Uint8Array;
  /** One entry for each event of the request. */
  readonly answer: readonly { readonly id: number; readonly deliveries: number }[];
}

const statement: Statement = {
  name: "find-publish-keys",
  text: `
select p.kind, p.key, p.fingerprint, p.answer
from unnest($2::text[], $3::text[]) as k (kind, key)
join publish_keys p on p.tenant_id = $1::uuid and p.kind = k.kind and p.key = k.key
where p.expires_at > $4::timestamptz`,
};

export async function findPublishKeys(
  database: Queryable,
  input: {
    readonly tenantId: string;
    readonly kinds: readonly string[];
    readonly keys: readonly string[];
    readonly now: Date;
  },
): Promise<PublishKeyRow[]> {
  return database.query<PublishKeyRow>(statement, [input.tenantId, input.kinds, input.keys, input.now]);
}
