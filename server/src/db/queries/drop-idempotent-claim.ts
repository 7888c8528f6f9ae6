/** Gives up the place of a first request that has no answer worth keeping, so that the next may try again. */
import type { Queryable, Statement } from "../database.ts";

const DROP_IDEMPOTENT_CLAIM: Statement = {
  name: "drop-idempotent-claim",
  text: `
    delete from idempotent_answers
    where scope = $1::text and key = $2::text and created_at = $3::timestamptz and status is null`,
};

export async function dropIdempotentClaim(
  database: Queryable,
  claim: { readonly scope: string; readonly key: string; readonly startedAt: Date },
): Promise<void> {
  await database.query(DROP_IDEMPOTENT_CLAIM, [claim.scope, claim.key, claim.startedAt]);
}
