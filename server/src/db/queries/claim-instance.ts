/** Marks a new database with the form of Posthorn that made it; resolves to whose it is, then and later. */
import type { Queryable, Statement } from "../database.ts";

export type InstanceMaker = "dev" | "serve";

const statement: Statement = {
  name: "claim-instance",
  text: `
with made as (
  insert into instance (made_by, made_at) values ($1::text, $2::timestamptz)
  on conflict (single) do nothing
  returning made_by
)
select made_by from made union all select made_by from instance limit 1`,
};

export async function claimInstance(
  database: Queryable,
  input: { readonly maker: InstanceMaker; readonly now: Date },
): Promise<InstanceMaker> {
  const rows = await database.query<{ made_by: InstanceMaker }>(statement, [input.maker, input.now]);
  return rows[0]?.made_by ?? input.maker;
}
