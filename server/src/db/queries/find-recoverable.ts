/**
 * Looks through one endpoint's part of a recovery, from its front: finds as many deliveries to resend as there is room for
 * in the endpoint's queue, within a window of its rows. The room is what is missing to `waitingMax` deliveries that are
 * due and wait; none of it is counted beyond that, so that a long queue costs no more than a short one. How far the window
 * reaches is read from the index alone; a row is fetched only to be looked at, and none behind the last that is taken.
 */
import type { Queryable, Statement } from "../database.ts";
import { IS_RECOVERABLE, type RecoverableFilter, recoverableParameters } from "./recovery-columns.ts";

export interface FoundRecoverable {
  /** 0: the endpoint's queue is full, and nothing was looked at. */
  readonly room: number;
  readonly looked_at: number;
  /** The last id that is settled; null when the part is over. */
  readonly reached: number | null;
  /** To be resent; null when there are none. */
  readonly ids: readonly number[] | null;
  /** Those up to `reached` that cannot be, since their event is past its retention. */
  readonly payloads_gone: number;
}

/** Null where the event's partition was dropped. */
const IS_KEPT = "(select true from events v where v.id = d.event_id)";

function statement(name: string, order: "asc" | "desc"): Statement {
  const last = order === "asc" ? "max" : "min";
  /** As bounds of the index, so that nothing behind them is read. */
  const upTo = (end: string): string =>
    order === "asc"
      ? `d.id <= coalesce((select id from ${end}), $10::bigint)`
      : `d.id >= coalesce((select id from ${end}), 0)`;
  const part = `(select size from room) > 0
        and d.endpoint_id = $8::uuid and d.tenant_id = $1::uuid and d.id >= $9::bigint and d.id < $10::bigint`;
  return {
    name,
    text: `
    with room as materialized (
      select least($12::integer, $13::integer - (
        select count(*) from (
          select from queue q
          where q.endpoint_id = $8::uuid and q.lease is null and q.due_at <= $14::timestamptz
          limit $13::integer
        ) waiting
      ))::integer as size
    ),
    cut as materialized (
      select (
        select d.id from deliveries d where ${part} order by d.id ${order} offset $11::integer - 1 limit 1
      ) as id
    ),
    taken as materialized (
      select d.id from deliveries d
      where ${part} and ${upTo("cut")} and ${IS_RECOVERABLE} and ${IS_KEPT}
      order by d.id ${order} limit (select size from room)
    ),
    reached as materialized (
      select case
        when (select count(*) from taken) = (select size from room) then (select ${last}(id) from taken)
        else (select id from cut)
      end as id
    ),
    looked as materialized (
      select count(*)::integer as rows,
        count(*) filter (where ${IS_RECOVERABLE} and ${IS_KEPT} is null)::integer as payloads_gone
      from deliveries d
      where ${part} and ${upTo("reached")}
    )
    select room.size as room, looked.rows as looked_at, reached.id as reached,
      (select array_agg(id order by id) from taken) as ids, looked.payloads_gone
    from room, reached, looked`,
  };
}

const OLDEST_FIRST = statement("find-recoverable-oldest-first", "asc");
const NEWEST_FIRST = statement("find-recoverable-newest-first", "desc");

export async function findRecoverable(
  transaction: Queryable,
  look: RecoverableFilter & {
    readonly endpointId: string;
    readonly lowId: number;
    readonly highId: number;
    readonly newestFirst: boolean;
    /** Rows of the log that are looked at. */
    readonly window: number;
    readonly limit: number;
    readonly waitingMax: number;
    readonly now: Date;
  },
): Promise<FoundRecoverable> {
  const rows = await transaction.query<FoundRecoverable>(look.newestFirst ? NEWEST_FIRST : OLDEST_FIRST, [
    ...recoverableParameters(look),
    look.endpointId,
    look.lowId,
    look.highId,
    look.window,
    look.limit,
    look.waitingMax,
    look.now,
  ]);
  if (rows[0] === undefined) throw new Error("What was found of a recovery was not returned.");
  return rows[0];
}
