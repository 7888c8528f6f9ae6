/**
 * Locks committed rows of a product's outbox and reads them, the oldest first, passing over those that another relay
 * has. There is no cursor that could pass a row whose transaction commits late: every look begins at the front. Bounded
 * in rows and in bytes; the first fits whatever its size.
 */
import type { Queryable, Statement } from "../database.ts";

export interface OutboxRow {
  readonly number: number;
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly channels: readonly string[] | null;
  readonly data: Uint8Array;
}

const statement: Statement = {
  name: "lock-outbox",
  text: `
with locked as materialized (
  select number, octet_length(data) as bytes
  from posthorn.outbox
  where set_aside_at is null
  order by number
  limit $1::integer
  for update skip locked
),
fitting as (
  select number
  from (select number, sum(bytes) over (order by number) - bytes as before from locked) l
  where before < $2::bigint
)
select o.number, o.id, o.tenant, o.type, o.channels, o.data
from fitting f join posthorn.outbox o on o.number = f.number
order by o.number`,
};

export async function lockOutbox(
  transaction: Queryable,
  input: { readonly rows: number; readonly bytes: number },
): Promise<OutboxRow[]> {
  return transaction.query<OutboxRow>(statement, [input.rows, input.bytes]);
}
