/** Reads a page of a tenant's recoveries, newest first. `number` rises with each recovery, so it is the position too. */
import type { Queryable, Statement } from "../database.ts";
import { RECOVERY_COLUMNS, type RecoveryRow } from "./recovery-columns.ts";

const LIST_RECOVERIES: Statement = {
  name: "list-recoveries",
  text: `
    select ${RECOVERY_COLUMNS}
    from recoveries r
    where r.tenant_id = $1::uuid and ($2::integer is null or r.number < $2::integer)
    order by r.number desc
    limit $3::integer`,
};

export function listRecoveries(
  database: Queryable,
  page: { readonly tenantId: string; readonly after: number | null; readonly limit: number },
): Promise<RecoveryRow[]> {
  return database.query<RecoveryRow>(LIST_RECOVERIES, [page.tenantId, page.after, page.limit]);
}
