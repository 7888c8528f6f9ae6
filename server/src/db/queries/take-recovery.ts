/**
 * Takes a running recovery for the rest of the transaction, unless another node has it. One that was not opened yet is
 * taken only when every transaction is over that ran when it was asked for: deliveries that had ended by then, in
 * commits that were under way, must be seen.
 */
import type { Queryable, Statement } from "../database.ts";
import type { RecoveryRow } from "./recovery-columns.ts";

export interface TakenRecoveryRow extends Pick<
  RecoveryRow,
  | "id"
  | "outcomes"
  | "type"
  | "class"
  | "created_after"
  | "created_before"
  | "newest_first"
  | "rate_per_second"
  | "endpoints"
  | "started_at"
> {
  readonly tenant_id: string;
  readonly paced_until: Date | null;
}

const TAKE_RECOVERY: Statement = {
  name: "take-recovery",
  text: `
    select id, tenant_id, outcomes, type, class, created_after, created_before, newest_first, rate_per_second,
      paced_until, endpoints, started_at
    from recoveries
    where id = $1::uuid and state = 'running'
      and (endpoints is not null or started_in < pg_snapshot_xmin(pg_current_snapshot()))
    for no key update skip locked`,
};

export async function takeRecovery(transaction: Queryable, recoveryId: string): Promise<TakenRecoveryRow | null> {
  const rows = await transaction.query<TakenRecoveryRow>(TAKE_RECOVERY, [recoveryId]);
  return rows[0] ?? null;
}
