/** Marks a new database with the form of Posthorn that made it; resolves to whose it is, then and later. */
import type { Queryable, Statement } from "../database.ts";

export type InstanceMaker = "dev" | "serve";

const statement: Statement = {
  name: "claim-instance",
  text: `
insert into instance (made_by, made_at) values ($1::text, $2::timestamptz)
on conflict (single) do update set made_by = instance.made_by
returning made_by`,
};

export async function claimInstance(
  database: Queryable,
  input: { readonly maker: InstanceMaker; readonly now: Date },
): Promise<InstanceMaker> {
  const rows = await database.query<{ made_by: InstanceMaker }>(statement, [input.maker, input.now]);
  const row = rows[0];
  if (row === undefined) throw new Error("Claiming the instance returned no row.");
  return row.made_by;
}
