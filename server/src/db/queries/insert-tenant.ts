/** Adds a tenant unless another that is not deleted has its slug; the partial unique index decides. */
import type { Queryable, Statement } from "../database.ts";
import type { TenantRow } from "./select-tenant.ts";

const INSERT_TENANT: Statement = {
  name: "insert-tenant",
  text: `
    insert into tenants (id, slug, name, metadata, created_at, updated_at, tier)
    values ($1::uuid, $2::text, $3::text, $4::jsonb, $5::timestamptz, $5::timestamptz, $6::text)
    on conflict (slug) where deleted_at is null do nothing
    returning id, number, slug, name, tier, metadata, created_at, updated_at`,
};

/** The new row, or null when the slug is taken. */
export async function insertTenant(
  database: Queryable,
  tenant: {
    readonly id: string;
    readonly slug: string;
    readonly name: string;
    /** Free when left out. */
    readonly tier?: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly now: Date;
  },
): Promise<TenantRow | null> {
  const rows = await database.query<TenantRow>(INSERT_TENANT, [
    tenant.id,
    tenant.slug,
    tenant.name,
    JSON.stringify(tenant.metadata),
    tenant.now,
    tenant.tier ?? "free",
  ]);
  return rows[0] ?? null;
}
