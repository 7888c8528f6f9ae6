/**
 * Reads a tenant's audit log, newest first. Filters are looked at within a window of the newest rows, so that one which
 * matches nothing costs the window and not the log. `floor` is how far down the window reached.
 */
import type { Queryable, Statement } from "../database.ts";
import { AUDIT_COLUMNS } from "./audit-columns.ts";
import type { AuditLogRow } from "./read-audit-rows.ts";

export interface AuditScan {
  readonly tenantId: string;
  /** Only rows with a smaller number; null from the end of the log. */
  readonly below: number | null;
  readonly limit: number;
  readonly window: number;
  readonly action: string | null;
  readonly actor: string | null;
  readonly subject: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
}

export interface ScannedAuditRows {
  readonly rows: readonly AuditLogRow[];
  /** Null: the scan reached the first row. */
  readonly floor: number | null;
  readonly floorAt: Date | null;
}

const LIST_AUDIT_ROWS: Statement = {
  name: "list-audit-rows",
  text: `
    with seen as materialized (
      select ${AUDIT_COLUMNS}, at
      from audit_log
      where tenant_id = $1::uuid and ($2::bigint is null or number < $2::bigint)
      order by number desc limit $4::integer
    ),
    reached as materialized (
      select min(number) as floor, min(at) as at from seen having count(*) = $4::integer
    )
    select (select floor from reached) as floor, (select at from reached) as "floorAt", found.*
    from (select) as one
    left join lateral (
      select * from seen
      where ($5::text is null or action = $5::text)
        and ($6::text is null or actor = $6::text)
        and ($7::text is null or subject = $7::text)
        and ($8::timestamptz is null or at >= $8::timestamptz)
        and ($9::timestamptz is null or at < $9::timestamptz)
      order by number desc limit $3::integer
    ) found on true
    order by found.number desc`,
};

type FoundRow = AuditLogRow & { readonly floor: number | null; readonly floorAt: Date | null };
type NothingFound = { readonly [Column in keyof FoundRow]: FoundRow[Column] | null };

export async function listAuditRows(database: Queryable, scan: AuditScan): Promise<ScannedAuditRows> {
  const rows = await database.query<FoundRow | NothingFound>(LIST_AUDIT_ROWS, [
    scan.tenantId,
    scan.below,
    scan.limit,
    scan.window,
    scan.action,
    scan.actor,
    scan.subject,
    scan.createdAfter,
    scan.createdBefore,
  ]);
  return {
    rows: rows.filter((row): row is FoundRow => row.number !== null),
    floor: rows[0]?.floor ?? null,
    floorAt: rows[0]?.floorAt ?? null,
  };
}
