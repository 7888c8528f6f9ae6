/** Reads the newest attempts of a delivery, over all its runs. */
import type { Queryable, Statement } from "../database.ts";
import { ATTEMPT_COLUMNS, type AttemptRow } from "./attempt-columns.ts";

const LIST_ATTEMPTS: Statement = {
  name: "list-attempts",
  text: `
    select ${ATTEMPT_COLUMNS}
    from attempts
    where delivery_id = $2::bigint and tenant_id = $1::uuid
    order by id desc
    limit $3::integer`,
};

export function listAttempts(
  database: Queryable,
  of: { readonly tenantId: string; readonly deliveryId: number; readonly limit: number },
): Promise<AttemptRow[]> {
  return database.query<AttemptRow>(LIST_ATTEMPTS, [of.tenantId, of.deliveryId, of.limit]);
}
