/**
 * By how many this node divides the in-flight caps: the nodes that dispatch. Room is made before it is taken: a node
 * divides by more as soon as there are more, and by fewer only when what the others have written leaves room for it.
 * So the shares never add up to more than a cap, whoever joins and leaves at the same moment. Nodes take turns; one
 * that finds the turn taken keeps what it has, since a node that hangs in its turn must not silence the others.
 */
import type { Database, Statement } from "../database.ts";

/** The sum is rounded: 1.0001 tells it from one share too many up to thousands of nodes. */
const settleStatement: Statement = {
  name: "settle-cap-share",
  text: `
with other as materialized (
  select count(*)::integer as nodes, (count(*) filter (where id < $1::integer))::integer as before,
    coalesce(sum(1.0 / cap_divisor), 0) as taken
  from nodes where dispatches and id <> $1::integer
)
update nodes n set cap_divisor = case
  when o.nodes + 1 >= n.cap_divisor or o.taken + 1.0 / (o.nodes + 1) < 1.0001 then o.nodes + 1
  else n.cap_divisor
end
from other o
where n.id = $1::integer
returning n.cap_divisor as divisor, o.before as rank`,
};

export interface SettledShare {
  /** null: the others have not made room yet. */
  readonly divisor: number | null;
  /** Dispatching nodes that registered before this one. */
  readonly rank: number;
}

/** Resolves to null when another node has its turn, or this one is registered no more. */
export async function settleCapShare(database: Database, nodeId: number): Promise<SettledShare | null> {
  return database.transaction(async (transaction) => {
    const [turn] = await transaction.query<{ taken: boolean }>(TAKE_TURN, []);
    if (turn?.taken !== true) return null;
    // A statement of its own: its snapshot is newer than the turn, so it sees what the last one wrote.
    const [row] = await transaction.query<SettledShare>(settleStatement, [nodeId]);
    return row ?? null;
  });
}

const TAKE_TURN: Statement = {
  name: "take-turn-at-cap-shares",
  text: "select pg_try_advisory_xact_lock(4700004) as taken",
};
