/** The parts of a recovery whose turn it is: those that were visited least. */
import type { Queryable, Statement } from "../database.ts";

export interface RecoveryPartRow {
  readonly endpoint_id: string;
  readonly low_id: number;
  readonly high_id: number;
  /** Neither disabled nor deleted. */
  readonly open: boolean;
}

const LIST_RECOVERY_PARTS: Statement = {
  name: "list-recovery-parts",
  text: `
    select p.endpoint_id, p.low_id, p.high_id, e.deleted_at is null and e.status <> 'disabled' as open
    from recovery_parts p
    join endpoints e on e.id = p.endpoint_id
    where p.recovery_id = $1::uuid and p.endpoint_id <> all ($2::uuid[])
    order by p.visits, p.endpoint_id
    limit $3::integer`,
};

export function listRecoveryParts(
  transaction: Queryable,
  of: { readonly recoveryId: string; readonly without: readonly string[]; readonly limit: number },
): Promise<RecoveryPartRow[]> {
  return transaction.query<RecoveryPartRow>(LIST_RECOVERY_PARTS, [of.recoveryId, of.without, of.limit]);
}
