/** Takes away deduplication keys and kept answers whose time is over, a bounded number a run. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "delete-ended-keys",
  text: `
with ended_keys as (
  delete from publish_keys where ctid in (
    select ctid from publish_keys where expires_at <= $1::timestamptz limit $2::integer for update skip locked
  )
  returning 1
),
ended_answers as (
  delete from idempotent_answers where ctid in (
    select ctid from idempotent_answers where expires_at <= $1::timestamptz limit $2::integer for update skip locked
  )
  returning 1
)
select (select count(*) from ended_keys)::integer + (select count(*) from ended_answers)::integer as deleted`,
};

export async function deleteEndedKeys(
  database: Queryable,
  input: { readonly now: Date; readonly limit: number },
): Promise<number> {
  const rows = await database.query<{ deleted: number }>(statement, [input.now, input.limit]);
  return rows[0]?.deleted ?? 0;
}
