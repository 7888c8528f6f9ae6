/** Changes what is given of a tenant that is not deleted; null leaves a column as it is. */
import type { Queryable, Statement } from "../database.ts";
import type { TenantRow } from "./select-tenant.ts";

const UPDATE_TENANT: Statement = {
  name: "update-tenant",
  text: `
    update tenants
    set name = coalesce($2::text, name), metadata = coalesce($3::jsonb, metadata), tier = coalesce($5::text, tier),
      updated_at = $4::timestamptz
    where id = $1::uuid and deleted_at is null
    returning id, number, slug, name, tier, metadata, created_at, updated_at`,
};

export async function updateTenant(
  database: Queryable,
  change: {
    readonly id: string;
    readonly name: string | null;
    readonly tier: string | null;
    readonly metadata: Readonly<Record<string, unknown>> | null;
    readonly now: Date;
  },
): Promise<TenantRow | null> {
  const metadata = change.metadata === null ? null : JSON.stringify(change.metadata);
  const rows = await database.query<TenantRow>(UPDATE_TENANT, [
    change.id,
    change.name,
    metadata,
    change.now,
    change.tier,
  ]);
  return rows[0] ?? null;
}
