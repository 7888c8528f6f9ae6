/** Takes away recoveries that ended so long ago that nobody asks for them, with what is left of their parts. */
import type { Queryable, Statement } from "../database.ts";

const DELETE_ENDED_RECOVERIES: Statement = {
  name: "delete-ended-recoveries",
  text: `
    delete from recoveries where id in (
      select id from recoveries where finished_at <= $1::timestamptz limit $2::integer for update skip locked
    )`,
};

export async function deleteEndedRecoveries(
  database: Queryable,
  input: { readonly endedBy: Date; readonly limit: number },
): Promise<void> {
  await database.query(DELETE_ENDED_RECOVERIES, [input.endedBy, input.limit]);
}
