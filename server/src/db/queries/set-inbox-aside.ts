/** Moves rows of the inbox to where they block nobody, each with why it could not be stored. */
import type { Queryable, Statement } from "../database.ts";

export interface InboxProblem {
  readonly id: number;
  readonly problem: string;
  readonly detail: string;
}

const statement: Statement = {
  name: "set-inbox-aside",
  text: `
with problem as (
  select * from unnest($1::bigint[], $2::text[], $3::text[]) as p (id, problem, detail)
),
taken as (
  delete from inbox i using problem p where i.id = p.id
  returning i.id, i.tenant_id, i.type, i.channels, i.data, i.published_at
)
insert into inbox_set_aside (id, tenant_id, type, channels, data, published_at, problem, detail, set_aside_at)
select t.id, t.tenant_id, t.type, t.channels, t.data, t.published_at, p.problem, p.detail, $4::timestamptz
from taken t join problem p on p.id = t.id
returning id`,
};

/** Resolves to the keys of those that were there. */
export async function setInboxAside(
  database: Queryable,
  input: { readonly problems: readonly InboxProblem[]; readonly now: Date },
): Promise<number[]> {
  const { problems, now } = input;
  const rows = await database.query<{ id: number }>(statement, [
    problems.map(({ id }) => id),
    problems.map(({ problem }) => problem),
    problems.map(({ detail }) => detail),
    now,
  ]);
  return rows.map(({ id }) => id);
}
