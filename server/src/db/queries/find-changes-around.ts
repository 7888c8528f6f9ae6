/**
 * Finds in a tenant's audit log what was changed last before, and first after, a time of each of some things. Looks
 * within a window of the newest rows, as every filter of the log does; `complete` says whether that reached the time.
 */
import type { Queryable, Statement } from "../database.ts";

export interface AroundRow {
  readonly side: "before" | "after";
  readonly subject: string;
  readonly action: string;
  readonly at: Date;
  /** JSON text as it was written. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ChangesAround {
  readonly rows: readonly AroundRow[];
  /** Everything after the time was looked at. */
  readonly complete: boolean;
}

/** A row's time is taken before its turn, by the clock of its node: numbers and times may disagree by as much. */
const FIND_CHANGES_AROUND: Statement = {
  name: "find-changes-around",
  text: `
    with seen as materialized (
      select number, at, subject from audit_log
      where tenant_id = $1::uuid order by number desc limit $4::integer
    ),
    picked as (
      (
        select distinct on (subject) number, 'after' as side from seen
        where subject = any ($2::text[]) and at > $3::timestamptz order by subject, number
      )
      union all
      (
        select distinct on (subject) number, 'before' as side from seen
        where subject = any ($2::text[]) and at <= $3::timestamptz order by subject, number desc
      )
    ),
    reached as materialized (
      select count(*) < $4::integer or min(at) < $3::timestamptz - interval '1 hour' as complete from seen
    )
    select (select complete from reached) as complete, found.*
    from (select) as one
    left join lateral (
      select p.side, a.subject, a.action, a.at, a.before::text as before, a.after::text as after
      from picked p join audit_log a on a.tenant_id = $1::uuid and a.number = p.number
    ) found on true`,
};

type FoundRow = AroundRow & { readonly complete: boolean };
type NothingFound = { readonly [Column in keyof FoundRow]: FoundRow[Column] | null };

export async function findChangesAround(
  database: Queryable,
  of: {
    readonly tenantId: string;
    /** As the log names them: `endpoint:<uuid>`, `profile:<name>`. */
    readonly subjects: readonly string[];
    readonly at: Date;
    readonly window: number;
  },
): Promise<ChangesAround> {
  const rows = await database.query<FoundRow | NothingFound>(FIND_CHANGES_AROUND, [
    of.tenantId,
    of.subjects,
    of.at,
    of.window,
  ]);
  return { rows: rows.filter((row): row is FoundRow => row.side !== null), complete: rows[0]?.complete === true };
}
