/** Writes how far the visited parts of a recovery are; one whose range is empty is over and goes. */
import type { Queryable, Statement } from "../database.ts";

const MOVE_RECOVERY_PARTS: Statement = {
  name: "move-recovery-parts",
  text: `
    with moved as materialized (
      select * from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as m (endpoint_id, low_id, high_id)
    ),
    over as (
      delete from recovery_parts p using moved m
      where p.recovery_id = $1::uuid and p.endpoint_id = m.endpoint_id and m.low_id >= m.high_id
    )
    update recovery_parts p set low_id = m.low_id, high_id = m.high_id, visits = p.visits + 1
    from moved m
    where p.recovery_id = $1::uuid and p.endpoint_id = m.endpoint_id and m.low_id < m.high_id`,
};

export async function moveRecoveryParts(
  transaction: Queryable,
  moved: {
    readonly recoveryId: string;
    readonly endpointIds: readonly string[];
    readonly lowIds: readonly number[];
    readonly highIds: readonly number[];
  },
): Promise<void> {
  await transaction.query(MOVE_RECOVERY_PARTS, [moved.recoveryId, moved.endpointIds, moved.lowIds, moved.highIds]);
}
