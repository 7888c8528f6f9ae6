/** Switches a dialect off for a tenant: its secret is gone, its hosts are free. */
import type { Queryable, Statement } from "../database.ts";

const DELETE_DIALECT: Statement = {
  name: "delete-dialect",
  text: "delete from tenant_dialects where tenant_id = $1::uuid and dialect = $2::text returning dialect",
};

/** False when it was not switched on. */
export async function deleteDialect(
  transaction: Queryable,
  dialect: { readonly tenantId: string; readonly name: string },
): Promise<boolean> {
  const rows = await transaction.query(DELETE_DIALECT, [dialect.tenantId, dialect.name]);
  return rows.length > 0;
}
