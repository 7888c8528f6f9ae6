/**
 * Lists from a tenant's audit log what was done to some things from a time on, oldest first: within a window of the
 * newest rows, and at most `limit`.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ChangeRow {
  readonly subject: string;
  readonly action: string;
  readonly at: Date;
  /** Of an endpoint; null for other things. */
  readonly status_before: string | null;
  readonly status_after: string | null;
}

const LIST_CHANGES_SINCE: Statement = {
  name: "list-changes-since",
  text: `
    with seen as materialized (
      select number, at, subject from audit_log
      where tenant_id = $1::uuid order by number desc limit $4::integer
    )
    select a.subject, a.action, a.at, a.before ->> 'status' as status_before, a.after ->> 'status' as status_after
    from (
      select number from seen where subject = any ($2::text[]) and at >= $3::timestamptz
      order by number limit $5::integer
    ) s
    join audit_log a on a.tenant_id = $1::uuid and a.number = s.number
    order by a.number`,
};

export function listChangesSince(
  database: Queryable,
  of: {
    readonly tenantId: string;
    /** As the log names them: `endpoint:<uuid>`, `delivery:<number>`. */
    readonly subjects: readonly string[];
    readonly since: Date;
    readonly window: number;
    readonly limit: number;
  },
): Promise<ChangeRow[]> {
  return database.query<ChangeRow>(LIST_CHANGES_SINCE, [of.tenantId, of.subjects, of.since, of.window, of.limit]);
}
