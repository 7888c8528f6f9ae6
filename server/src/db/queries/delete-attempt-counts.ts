/** Forgets how many attempts there were on days whose attempts are gone. */
import type { Queryable, Statement } from "../database.ts";

const DELETE_ATTEMPT_COUNTS: Statement = {
  name: "delete-attempt-counts",
  text: "delete from attempt_counts where day < $1::bigint",
};

export async function deleteAttemptCounts(
  transaction: Queryable,
  gone: {
    /** The first id that is kept. */
    readonly before: number;
  },
): Promise<void> {
  await transaction.query(DELETE_ATTEMPT_COUNTS, [gone.before]);
}
