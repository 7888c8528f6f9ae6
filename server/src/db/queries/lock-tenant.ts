/**
 * Locks a tenant's row for the rest of the transaction and tells its number. Whoever counts what a tenant has before
 * adding to it holds this lock, so that two who add at once take turns.
 */
import type { Queryable, Statement } from "../database.ts";

const LOCK_TENANT: Statement = {
  name: "lock-tenant",
  text: "select number from tenants where id = $1::uuid and deleted_at is null for no key update",
};

/** Null when the tenant does not exist or is deleted. */
export async function lockTenant(transaction: Queryable, tenantId: string): Promise<number | null> {
  const rows = await transaction.query<{ number: number }>(LOCK_TENANT, [tenantId]);
  return rows[0]?.number ?? null;
}
