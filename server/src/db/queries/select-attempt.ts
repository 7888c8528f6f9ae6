/** Reads one attempt of a tenant. */
import type { Queryable, Statement } from "../database.ts";
import { ATTEMPT_COLUMNS, type AttemptRow } from "./attempt-columns.ts";

const SELECT_ATTEMPT: Statement = {
  name: "select-attempt",
  text: `select ${ATTEMPT_COLUMNS} from attempts where id = $2::bigint and tenant_id = $1::uuid`,
};

export async function selectAttempt(
  database: Queryable,
  by: { readonly tenantId: string; readonly attemptId: number },
): Promise<AttemptRow | null> {
  const rows = await database.query<AttemptRow>(SELECT_ATTEMPT, [by.tenantId, by.attemptId]);
  return rows[0] ?? null;
}
