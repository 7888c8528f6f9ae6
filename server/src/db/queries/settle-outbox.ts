/** Writes what became of rows of a product's outbox: what Posthorn took goes, what it refused for good is set aside. */
import type { Queryable, Statement } from "../database.ts";

export interface OutboxRefusal {
  readonly number: number;
  readonly problem: string;
  readonly detail: string;
}

const statement: Statement = {
  name: "settle-outbox",
  text: `
with gone as (
  delete from posthorn.outbox where number = any ($1::bigint[])
)
update posthorn.outbox o set set_aside_at = $5::timestamptz, problem = p.problem, detail = p.detail
from unnest($2::bigint[], $3::text[], $4::text[]) as p (number, problem, detail)
where o.number = p.number`,
};

export async function settleOutbox(
  transaction: Queryable,
  input: { readonly taken: readonly number[]; readonly refused: readonly OutboxRefusal[]; readonly now: Date },
): Promise<void> {
  const { taken, refused, now } = input;
  await transaction.query(statement, [
    taken,
    refused.map(({ number }) => number),
    refused.map(({ problem }) => problem),
    refused.map(({ detail }) => detail),
    now,
  ]);
}
