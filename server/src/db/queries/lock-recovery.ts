/** Reads the state of one recovery of a tenant and holds its row for the rest of the transaction. */
import type { Queryable, Statement } from "../database.ts";
import type { RecoveryRow } from "./recovery-columns.ts";

const LOCK_RECOVERY: Statement = {
  name: "lock-recovery",
  text: "select state from recoveries where id = $2::uuid and tenant_id = $1::uuid for no key update",
};

/** Null when the tenant has no such recovery. */
export async function lockRecovery(
  transaction: Queryable,
  by: { readonly tenantId: string; readonly recoveryId: string },
): Promise<RecoveryRow["state"] | null> {
  const rows = await transaction.query<Pick<RecoveryRow, "state">>(LOCK_RECOVERY, [by.tenantId, by.recoveryId]);
  return rows[0]?.state ?? null;
}
