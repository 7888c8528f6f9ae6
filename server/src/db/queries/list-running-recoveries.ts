/** The recoveries that run, those first that have gone on longest ago. */
import type { Queryable, Statement } from "../database.ts";

const LIST_RUNNING_RECOVERIES: Statement = {
  name: "list-running-recoveries",
  text: `
    select id from recoveries
    where finished_at is null and state = 'running'
    order by paced_until
    limit $1::integer`,
};

export async function listRunningRecoveries(database: Queryable, limit: number): Promise<string[]> {
  const rows = await database.query<{ id: string }>(LIST_RUNNING_RECOVERIES, [limit]);
  return rows.map(({ id }) => id);
}
