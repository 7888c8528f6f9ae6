/**
 * Reads a tenant's events, newest first. Type and time are looked at within a window of the newest rows, so that a
 * filter which matches nothing costs the window and not the table. `floor` is how far down the window reached.
 */
import type { Queryable, Statement } from "../database.ts";
import { EVENT_COLUMNS, type EventRow } from "./event-columns.ts";

export interface EventScan {
  readonly tenantId: string;
  /** Only events with a smaller id. */
  readonly below: number;
  readonly limit: number;
  readonly window: number;
  readonly type: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
}

export interface ScannedEvents {
  readonly rows: readonly EventRow[];
  /** Null: the scan reached the end. */
  readonly floor: number | null;
  readonly floorCreatedAt: Date | null;
}

const LIST_EVENTS: Statement = {
  name: "list-events",
  text: `
    with reached as materialized (
      select (
        select id from events where tenant_id = $1::uuid and id < $2::bigint
        order by id desc offset $4::integer - 1 limit 1
      ) as floor
    )
    select reached.floor, (select created_at from events where id = reached.floor) as floor_created_at, found.*
    from reached
    left join lateral (
      select ${EVENT_COLUMNS}
      from events
      where tenant_id = $1::uuid and id < $2::bigint and id >= coalesce(reached.floor, 0)
        and ($5::text is null or type = $5::text)
        and ($6::timestamptz is null or created_at >= $6::timestamptz)
        and ($7::timestamptz is null or created_at < $7::timestamptz)
      order by id desc limit $3::integer
    ) found on true
    order by found.id desc`,
};

type FoundRow = EventRow & { readonly floor: number | null; readonly floor_created_at: Date | null };
type NothingFound = { readonly [Column in keyof FoundRow]: FoundRow[Column] | null };

export async function listEvents(database: Queryable, scan: EventScan): Promise<ScannedEvents> {
  const rows = await database.query<FoundRow | NothingFound>(LIST_EVENTS, [
    scan.tenantId,
    scan.below,
    scan.limit,
    scan.window,
    scan.type,
    scan.createdAfter,
    scan.createdBefore,
  ]);
  return {
    rows: rows.filter((row): row is FoundRow => row.id !== null),
    floor: rows[0]?.floor ?? null,
    floorCreatedAt: rows[0]?.floor_created_at ?? null,
  };
}
