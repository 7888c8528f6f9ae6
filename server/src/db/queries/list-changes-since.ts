/**
 * Lists from a tenant's audit log what was done to some things, an endpoint and its profile from a time on, oldest first:
 * within a window of the newest rows, and at most `limit`.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ChangeRow {
  readonly subject: string;
  readonly action: string;
  readonly at: Date;
  /** Of an endpoint; null for other things. */
  readonly status_before: string | null;
  readonly status_after: string | null;
  /** Of a profile: whether its deliveries were switched off; null for other things. */
  readonly held_before: boolean | null;
  readonly held_after: boolean | null;
}

/** As `holdsEndpoints` has it. */
const held = (state: string): string => `case when a.action = 'profile.set' then
      not coalesce((${state} ->> 'available')::boolean, true) or not coalesce((${state} ->> 'enabled')::boolean, true) end`;

const LIST_CHANGES_SINCE: Statement = {
  name: "list-changes-since",
  text: `
    with seen as materialized (
      select number, at, subject from audit_log
      where tenant_id = $1::uuid order by number desc limit $4::integer
    ),
    subjects as materialized (
      select unnest($2::text[]) as name
      union all
      select s.name from endpoints e, lateral (values ('endpoint:' || e.id), ('profile:' || e.profile)) as s (name)
      where e.id = $6::uuid
    )
    select a.subject, a.action, a.at, a.before ->> 'status' as status_before, a.after ->> 'status' as status_after,
      ${held("a.before")} as held_before, ${held("a.after")} as held_after
    from (
      select number from seen where subject in (select name from subjects) and at >= $3::timestamptz
      order by number limit $5::integer
    ) s
    join audit_log a on a.tenant_id = $1::uuid and a.number = s.number
    order by a.number`,
};

export function listChangesSince(
  database: Queryable,
  of: {
    readonly tenantId: string;
    readonly endpointId: string;
    /** Besides, as the log names them: `delivery:<number>`. */
    readonly subjects: readonly string[];
    readonly since: Date;
    readonly window: number;
    readonly limit: number;
  },
): Promise<ChangeRow[]> {
  return database.query<ChangeRow>(LIST_CHANGES_SINCE, [
    of.tenantId,
    of.subjects,
    of.since,
    of.window,
    of.limit,
    of.endpointId,
  ]);
}
