/**
 * Marks a tenant deleted. The row stays: events and deliveries name it until their partitions go. The row lock that
 * this takes makes it wait for whoever is adding something to the tenant under `for share`, and the other way round.
 */
import type { Queryable, Statement } from "../database.ts";

const DELETE_TENANT: Statement = {
  name: "delete-tenant",
  text: `
    update tenants
    set deleted_at = $2::timestamptz, updated_at = $2::timestamptz
    where id = $1::uuid and deleted_at is null
    returning id`,
};

/** Whether there was such a tenant. */
export async function deleteTenant(
  database: Queryable,
  tenant: { readonly id: string; readonly now: Date },
): Promise<boolean> {
  const rows = await database.query<{ id: string }>(DELETE_TENANT, [tenant.id, tenant.now]);
  return rows.length > 0;
}
