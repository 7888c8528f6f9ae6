/** Reads a page of a tenant's API keys that are not revoked, newest first; the id orders those of one millisecond. */
import type { Queryable, Statement } from "../database.ts";
import type { ApiKeyRow } from "./insert-api-key.ts";

const LIST_API_KEYS: Statement = {
  name: "list-api-keys",
  text: `
    select id, tenant_id, name, hint, scopes, created_at, expires_at, last_used_at
    from api_keys
    where tenant_id = $1::uuid
      and revoked_at is null
      and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
    order by created_at desc, id desc
    limit $4::integer`,
};

export function listApiKeys(
  database: Queryable,
  page: {
    readonly tenantId: string;
    readonly after: { readonly createdAt: Date; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<ApiKeyRow[]> {
  const { tenantId, after, limit } = page;
  return database.query<ApiKeyRow>(LIST_API_KEYS, [tenantId, after?.createdAt ?? null, after?.id ?? null, limit]);
}
