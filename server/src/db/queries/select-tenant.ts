/** Reads one tenant that is not deleted, by its id or by its slug; exactly one of the two is given. */
import type { Queryable, Statement } from "../database.ts";

export interface TenantRow {
  readonly id: string;
  readonly number: number;
  readonly slug: string;
  readonly name: string;
  readonly tier: "free" | "pro" | "org";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const SELECT_TENANT: Statement = {
  name: "select-tenant",
  text: `
    select id, number, slug, name, tier, metadata, created_at, updated_at
    from tenants
    where deleted_at is null and id = $1::uuid
    union all
    select id, number, slug, name, tier, metadata, created_at, updated_at
    from tenants
    where deleted_at is null and slug = $2::text`,
};

export async function selectTenant(
  database: Queryable,
  by: { readonly id: string } | { readonly slug: string },
): Promise<TenantRow | null> {
  const parameters = "id" in by ? [by.id, null] : [null, by.slug];
  const rows = await database.query<TenantRow>(SELECT_TENANT, parameters);
  return rows[0] ?? null;
}
