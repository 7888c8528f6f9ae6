/**
 * How many entries of an index the transaction reads while it does something: whether a statement goes by key or looks
 * at all that waits, whatever a clock would say of it. And what it may look at: many rows of the queue.
 */
import { vi } from "vitest";

import type { Queryable } from "../../src/db/database.ts";

export async function entriesRead(
  transaction: Queryable,
  index: "queue_in_flight" | "queue_due",
  act: () => Promise<unknown>,
): Promise<number> {
  const text = `select pg_stat_get_xact_tuples_returned('${index}'::regclass)::integer as entries`;
  const name = `test-entries-of-${index}`;
  const soFar = async (): Promise<number> =>
    (await transaction.query<{ entries: number }>({ name, text }, []))[0]?.entries ?? 0;
  const before = await soFar();
  await act();
  return (await soFar()) - before;
}

/**
 * Waits until fewer are read than this; resolves to how many. What ended is passed over only when no transaction
 * elsewhere in the cluster may see it; and what shares an entry with a row that is there, a few hundred at most, is
 * read with it.
 */
export async function untilFewerAreRead(than: number, read: () => Promise<number>): Promise<number> {
  return vi.waitUntil(
    async () => {
      const entries = await read();
      return entries < than && entries;
    },
    { timeout: 20_000 },
  );
}

/** Statement that adds copies of a row of the queue; `endpointId` and `lease` are expressions of SQL. */
export function queueCopies(copies: {
  readonly many: number;
  readonly endpointId: string;
  readonly lease: string;
}): string {
  return `
insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, lease, created_at, run_started_at)
select delivery_id + n * 1000, event_id, tenant_id, ${copies.endpointId}, type, source, due_at, ${copies.lease},
  created_at, created_at
from (select * from queue limit 1) q, generate_series(1, ${copies.many}) n`;
}
