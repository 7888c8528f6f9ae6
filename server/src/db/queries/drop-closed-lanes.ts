/**
 * Takes away the lanes of endpoints that are disabled or deleted and have nothing waiting any more. Two statements of
 * one transaction: the lanes are locked first, then looked at by a statement whose snapshot is newer than the lock, so
 * that a delivery stored meanwhile keeps its lane or makes a new one.
 */
import type { Database, Statement } from "../database.ts";

const LOCK_CLOSED_LANES: Statement = {
  name: "lock-closed-lanes",
  text: `
    select l.endpoint_id
    from lanes l join endpoints e on e.id = l.endpoint_id
    where e.status = 'disabled' or e.deleted_at is not null
    limit $1::integer
    for update of l skip locked`,
};

const DROP_IDLE_LANES: Statement = {
  name: "drop-idle-lanes",
  text: `
    delete from lanes l
    where l.endpoint_id = any ($1::uuid[])
      and not exists (select from queue q where q.endpoint_id = l.endpoint_id and q.lease is null)`,
};

export async function dropClosedLanes(database: Database, options: { readonly limit: number }): Promise<void> {
  await database.transaction(async (transaction) => {
    const rows = await transaction.query<{ endpoint_id: string }>(LOCK_CLOSED_LANES, [options.limit]);
    if (rows.length === 0) return;
    await transaction.query(DROP_IDLE_LANES, [rows.map((row) => row.endpoint_id)]);
  });
}
