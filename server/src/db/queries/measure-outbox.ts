/** How much waits in a product's outbox, since when, and how much was set aside. Counts are exact up to a bound. */
import type { Queryable, Statement } from "../database.ts";

export interface OutboxMeasure {
  readonly waiting: number;
  readonly oldest_at: Date | null;
  readonly set_aside: number;
}

const statement: Statement = {
  name: "measure-outbox",
  text: `
select
  (select count(*) from (select from posthorn.outbox where set_aside_at is null limit $1::integer) w)::integer as waiting,
  (select published_at from posthorn.outbox where set_aside_at is null order by number limit 1) as oldest_at,
  (select count(*) from (select from posthorn.outbox where set_aside_at is not null limit $1::integer) a)::integer
    as set_aside`,
};

export async function measureOutbox(
  database: Queryable,
  input: { readonly countUpTo: number },
): Promise<OutboxMeasure> {
  const [row] = await database.query<OutboxMeasure>(statement, [input.countUpTo]);
  if (row === undefined) throw new Error("Measuring the outbox returned no row.");
  return row;
}
