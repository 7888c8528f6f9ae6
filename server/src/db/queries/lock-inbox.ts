/**
 * Locks committed rows of the inbox and reads them, the oldest first, passing over those that another node has. To be
 * run in the transaction that stores and deletes them: then a row is stored and gone, or neither. Bounded in rows and
 * in bytes; the first fits whatever its size. Those that did not fit are the next to be read.
 */
import type { Queryable, Statement } from "../database.ts";

export interface InboxRow {
  /** The event's key, drawn when it was published. */
  readonly id: number;
  readonly tenant_id: string;
  /** 0 where there is no such tenant. */
  readonly tenant_number: number;
  readonly type: string;
  readonly channels: readonly string[] | null;
  readonly data: Uint8Array;
}

const statement: Statement = {
  name: "lock-inbox",
  text: `
with locked as materialized (
  select id, octet_length(data) as bytes
  from inbox
  order by id
  limit $1::integer
  for update skip locked
),
fitting as (
  select id
  from (select id, sum(bytes) over (order by id) - bytes as before from locked) l
  where before < $2::bigint
)
select i.id, i.tenant_id, coalesce(t.number, 0) as tenant_number, i.type, i.channels, i.data
from fitting f join inbox i on i.id = f.id left join tenants t on t.id = i.tenant_id
order by i.id`,
};

export async function lockInbox(
  transaction: Queryable,
  input: { readonly rows: number; readonly bytes: number },
): Promise<InboxRow[]> {
  return transaction.query<InboxRow>(statement, [input.rows, input.bytes]);
}
