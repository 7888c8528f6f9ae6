/** Takes away what was set aside from the inbox and has stood as long as events are kept, a bounded number a run. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "delete-set-aside",
  text: `
delete from inbox_set_aside where id in (
  select id from inbox_set_aside where set_aside_at <= $1::timestamptz limit $2::integer
)
returning id`,
};

/** Resolves to how many went. */
export async function deleteSetAside(
  database: Queryable,
  input: { readonly before: Date; readonly limit: number },
): Promise<number> {
  return (await database.query(statement, [input.before, input.limit])).length;
}
