/** Reads the attempt that the engine has just recorded for whoever waited for it. */
import type { Queryable } from "../../db/database.ts";
import { selectAttempt } from "../../db/queries/select-attempt.ts";
import { type Attempt, toAttempt } from "./attempt.ts";

/** Throws a plain Error where it is not there: the engine has said that it is. */
export async function getRecordedAttempt(
  database: Queryable,
  recorded: { readonly tenantId: string; readonly attemptId: number },
): Promise<Attempt> {
  const row = await selectAttempt(database, recorded);
  if (row === null) throw new Error(`The recorded attempt ${recorded.attemptId} is not there.`);
  return toAttempt(row);
}
