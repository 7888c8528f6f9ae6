/**
 * How many entries of an index the transaction reads while it does something: whether a statement goes by key or looks
 * at all that waits, whatever a clock would say of it.
 */
import type { Queryable } from "../../src/db/database.ts";

export async function entriesRead(
  transaction: Queryable,
  index: "queue_in_flight" | "queue_due" | "queue_pkey",
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
