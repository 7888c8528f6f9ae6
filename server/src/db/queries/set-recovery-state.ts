/** Writes the state of a recovery that the transaction holds. */
import type { Queryable, Statement } from "../database.ts";
import type { RecoveryRow } from "./recovery-columns.ts";

const SET_RECOVERY_STATE: Statement = {
  name: "set-recovery-state",
  text: `
    update recoveries
    set state = $2::text, finished_at = case when $2::text = 'cancelled' then $3::timestamptz end
    where id = $1::uuid`,
};

export async function setRecoveryState(
  transaction: Queryable,
  change: {
    readonly recoveryId: string;
    readonly state: Exclude<RecoveryRow["state"], "finished">;
    readonly now: Date;
  },
): Promise<void> {
  await transaction.query(SET_RECOVERY_STATE, [change.recoveryId, change.state, change.now]);
}
