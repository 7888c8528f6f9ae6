/**
 * Reads a page of an endpoint's attempts by its place in one of a few orders. Attempts are numbered about in the order
 * in which they end, so only a window at one end of the endpoint's index is sorted: `window` is how many are looked at.
 * What was recorded out of its order by more than the window reaches beyond the page is the one thing it can miss.
 */
import type { Queryable, Statement } from "../database.ts";
import { ATTEMPT_COLUMNS, type AttemptRow } from "./attempt-columns.ts";
import type { Direction } from "./list-endpoints-by-offset.ts";

export type AttemptOrder = "ended_at" | "started_at" | "next_at";

/** The time of the record is not kept; an attempt is over when its last phase is. */
const ENDED_AT = "started_at + make_interval(secs => coalesce((timings->>'totalMs')::double precision, 0) / 1000)";

const STATEMENTS: Readonly<Record<AttemptOrder, Readonly<Record<Direction, Statement>>>> = {
  ended_at: { asc: statement("ended_at", "asc", "asc"), desc: statement("ended_at", "desc", "desc") },
  started_at: { asc: statement("started_at", "asc", "asc"), desc: statement("started_at", "desc", "desc") },
  // What is due next is among the newest, whichever way they are sorted.
  next_at: { asc: statement("next_at", "asc", "desc"), desc: statement("next_at", "desc", "desc") },
};

function statement(order: AttemptOrder, direction: Direction, windowDirection: Direction): Statement {
  return {
    name: `list-attempts-by-${order}-${direction}`,
    text: `
    with looked_at as materialized (
      select id, started_at, next_at, ${ENDED_AT} as ended_at
      from attempts
      where endpoint_id = $2::uuid and tenant_id = $1::uuid
      order by id ${windowDirection}
      limit $3::integer
    ),
    page as materialized (
      select id as page_id, ended_at, row_number() over (order by ${order} ${direction}, id ${direction}) as place
      from looked_at
      order by place
      limit $4::integer offset $5::integer
    )
    select ${ATTEMPT_COLUMNS}, page.ended_at
    from page join attempts on attempts.id = page.page_id
    order by page.place`,
  };
}

export function listAttemptsByOffset(
  database: Queryable,
  page: {
    readonly tenantId: string;
    readonly endpointId: string;
    readonly order: AttemptOrder;
    readonly direction: Direction;
    readonly window: number;
    readonly limit: number;
    readonly offset: number;
  },
): Promise<(AttemptRow & { readonly ended_at: Date })[]> {
  const { tenantId, endpointId, order, direction, window, limit, offset } = page;
  return database.query(STATEMENTS[order][direction], [tenantId, endpointId, window, limit, offset]);
}
