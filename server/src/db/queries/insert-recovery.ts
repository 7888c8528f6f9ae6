/**
 * Adds a recovery, to be opened later. Its ids end below one that is drawn here: whatever had ended by now has a smaller
 * one.
 */
import type { Queryable, Statement } from "../database.ts";
import { RECOVERY_COLUMNS, type RecoveryRow } from "./recovery-columns.ts";

const INSERT_RECOVERY: Statement = {
  name: "insert-recovery",
  text: `
    with r as (
      insert into recoveries (id, tenant_id, endpoint_ids, outcomes, type, class, created_after, created_before,
        newest_first, rate_per_second, paced_until, high_id, started_by, started_at, expected)
      values ($1::uuid, $2::uuid, $3::uuid[], $4::text[], $5::text, $6::text, $7::timestamptz, $8::timestamptz,
        $9::boolean, $10::integer, $13::timestamptz, least($11::bigint, nextval('ids')), $12::text, $13::timestamptz,
        $14::integer)
      returning *
    )
    select ${RECOVERY_COLUMNS} from r`,
};

export async function insertRecovery(
  transaction: Queryable,
  recovery: {
    readonly id: string;
    readonly tenantId: string;
    readonly endpointIds: readonly string[] | null;
    readonly outcomes: readonly string[];
    readonly type: string | null;
    readonly class: string | null;
    readonly createdAfter: Date | null;
    readonly createdBefore: Date | null;
    readonly newestFirst: boolean;
    readonly ratePerSecond: number;
    /** No delivery that the filter means has this id or a greater one. */
    readonly below: number;
    readonly startedBy: string;
    readonly now: Date;
    readonly expected: number | null;
  },
): Promise<RecoveryRow> {
  const rows = await transaction.query<RecoveryRow>(INSERT_RECOVERY, [
    recovery.id,
    recovery.tenantId,
    recovery.endpointIds,
    recovery.outcomes,
    recovery.type,
    recovery.class,
    recovery.createdAfter,
    recovery.createdBefore,
    recovery.newestFirst,
    recovery.ratePerSecond,
    recovery.below,
    recovery.startedBy,
    recovery.now,
    recovery.expected,
  ]);
  if (rows[0] === undefined) throw new Error("The new recovery was not returned.");
  return rows[0];
}
