/**
 * Looks through one endpoint's part of a recovery, from its front: finds as many deliveries to resend as there is room for
 * in the endpoint's queue, within a window of its rows. The room is what is missing to `waitingMax` deliveries that are
 * due and wait; none of it is counted beyond that, so that a long queue costs no more than a short one.
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

function statement(name: string, order: "asc" | "desc"): Statement {
  const last = order === "asc" ? "max" : "min";
  const upTo = order === "asc" ? "<=" : ">=";
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
    seen as materialized (
      select d.id, d.event_id, ${IS_RECOVERABLE} as matches
      from deliveries d
      where (select size from room) > 0
        and d.endpoint_id = $8::uuid and d.tenant_id = $1::uuid and d.id >= $9::bigint and d.id < $10::bigint
      order by d.id ${order} limit $11::integer
    ),
    found as materialized (
      select s.id, coalesce((select true from events v where v.id = s.event_id), false) as kept
      from seen s where s.matches
    ),
    taken as materialized (
      select id from found where kept order by id ${order} limit (select size from room)
    ),
    reached as materialized (
      select case
        when (select count(*) from taken) = (select size from room) then (select ${last}(id) from taken)
        when (select count(*) from seen) = $11::integer then (select ${last}(id) from seen)
      end as id
    )
    select room.size as room, (select count(*) from seen)::integer as looked_at, reached.id as reached,
      (select array_agg(id order by id) from taken) as ids,
      (
        select count(*) from found
        where not kept and (reached.id is null or found.id ${upTo} reached.id)
      )::integer as payloads_gone
    from room, reached`,
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
