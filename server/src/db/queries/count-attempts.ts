/** Counts an endpoint's attempts, but no further than it is asked to. */
import type { Queryable, Statement } from "../database.ts";

const COUNT_ATTEMPTS: Statement = {
  name: "count-attempts",
  text: `
    select count(*)::integer as count
    from (select from attempts where endpoint_id = $1::uuid limit $2::integer) counted`,
};

export async function countAttempts(
  database: Queryable,
  of: { readonly endpointId: string; readonly atMost: number },
): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT_ATTEMPTS, [of.endpointId, of.atMost]);
  return row?.count ?? 0;
}
