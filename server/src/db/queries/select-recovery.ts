/** Reads one recovery of a tenant. */
import type { Queryable, Statement } from "../database.ts";
import { RECOVERY_COLUMNS, type RecoveryRow } from "./recovery-columns.ts";

const SELECT_RECOVERY: Statement = {
  name: "select-recovery",
  text: `select ${RECOVERY_COLUMNS} from recoveries r where r.id = $2::uuid and r.tenant_id = $1::uuid`,
};

export async function selectRecovery(
  database: Queryable,
  by: { readonly tenantId: string; readonly recoveryId: string },
): Promise<RecoveryRow | null> {
  const rows = await database.query<RecoveryRow>(SELECT_RECOVERY, [by.tenantId, by.recoveryId]);
  return rows[0] ?? null;
}
