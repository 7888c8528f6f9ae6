/**
 * Opens a recovery: from which id on it looks, and a part for each open endpoint of its filter that has anything there.
 */
import type { Queryable, Statement } from "../database.ts";

const OPEN_RECOVERY: Statement = {
  name: "open-recovery",
  text: `
    with range as materialized (
      select r.id, r.tenant_id, r.endpoint_ids, r.high_id, coalesce(
        (
          select d.id from deliveries d
          where d.tenant_id = r.tenant_id and d.id >= $2::bigint and d.id < r.high_id
          order by d.id limit 1
        ),
        r.high_id
      ) as low_id
      from recoveries r where r.id = $1::uuid
    ),
    parts as (
      insert into recovery_parts (recovery_id, endpoint_id, low_id, high_id)
      select range.id, e.id, range.low_id, range.high_id
      from range join endpoints e on e.tenant_id = range.tenant_id
      where range.low_id < range.high_id and e.deleted_at is null and e.status <> 'disabled'
        and (range.endpoint_ids is null or e.id = any (range.endpoint_ids))
        -- In the order of the index: without one the planner may read a whole day for an endpoint that has one row of it.
        and (
          select d.id from deliveries d
          where d.endpoint_id = e.id and d.id >= range.low_id and d.id < range.high_id
          order by d.id desc limit 1
        ) is not null
      returning endpoint_id
    )
    update recoveries r
    set low_id = range.low_id, endpoints = (select count(*) from parts)
    from range
    where r.id = range.id`,
};

/** `from`: no delivery that the filter means has a smaller id. */
export async function openRecovery(
  transaction: Queryable,
  recovery: { readonly recoveryId: string; readonly from: number },
): Promise<void> {
  await transaction.query(OPEN_RECOVERY, [recovery.recoveryId, recovery.from]);
}
