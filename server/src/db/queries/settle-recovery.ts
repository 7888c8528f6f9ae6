/** Writes what a step of a recovery did, after its parts were moved: with the last of them the recovery has finished. */
import type { Queryable, Statement } from "../database.ts";

const SETTLE_RECOVERY: Statement = {
  name: "settle-recovery",
  text: `
    update recoveries r
    set recovered = r.recovered + $2::integer, payloads_gone = r.payloads_gone + $3::integer,
      endpoints_closed = r.endpoints_closed + $4::integer, paced_until = $5::timestamptz,
      state = case when rest.is_left then r.state else 'finished' end,
      finished_at = case when not rest.is_left then $6::timestamptz end
    from (select exists (select from recovery_parts where recovery_id = $1::uuid) as is_left) rest
    where r.id = $1::uuid
    returning r.state = 'finished' as finished`,
};

/** Resolves to whether the recovery has finished. */
export async function settleRecovery(
  transaction: Queryable,
  step: {
    readonly recoveryId: string;
    readonly recovered: number;
    readonly payloadsGone: number;
    readonly endpointsClosed: number;
    readonly pacedUntil: Date;
    readonly now: Date;
  },
): Promise<boolean> {
  const rows = await transaction.query<{ finished: boolean }>(SETTLE_RECOVERY, [
    step.recoveryId,
    step.recovered,
    step.payloadsGone,
    step.endpointsClosed,
    step.pacedUntil,
    step.now,
  ]);
  return rows[0]?.finished ?? false;
}
