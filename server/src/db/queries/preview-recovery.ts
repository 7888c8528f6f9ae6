/**
 * Counts what a recovery would resend, within a window of the newest rows of the log: of the tenant, or of each endpoint
 * named. `floor` is how far down that reached; counted is what stands from there on up, and nothing of what is below.
 * Whether something was delivered before is read from the attempts, which are kept for a shorter time.
 */
import type { Queryable, Statement } from "../database.ts";
import { IS_RECOVERABLE, type RecoverableFilter, recoverableParameters } from "./recovery-columns.ts";

export interface RecoveryPreviewRow {
  readonly deliveries: number;
  readonly endpoints: number;
  readonly bytes: number;
  readonly oldest_at: Date | null;
  readonly delivered_before: number;
  readonly payloads_gone: number;
  readonly endpoints_closed: number;
  /** Null: everything was looked at. */
  readonly floor: number | null;
  readonly floor_created_at: Date | null;
}

function statement(name: string, source: string, byIndex: string): Statement {
  return {
    name,
    text: `
    with seen as materialized (
      select s.no, d.* from ${source} s
      cross join lateral (
        select d.id, d.event_id, d.endpoint_id, d.run, d.created_at, ${IS_RECOVERABLE} as matches
        from deliveries d
        where ${byIndex} and d.tenant_id = $1::uuid and d.id >= $8::bigint and d.id < $9::bigint
        order by d.id desc limit $10::integer
      ) d
    ),
    reached as materialized (
      select max(cut.id) as floor from (
        select min(id) as id from seen group by no having count(*) = $10::integer
      ) cut
    ),
    found as materialized (
      select s.*, e.deleted_at is null and e.status <> 'disabled' as open,
        (select octet_length(v.data) from events v where v.id = s.event_id) as bytes,
        s.run > 1 and coalesce(
          (select true from attempts a where a.delivery_id = s.id and a.outcome = 'accepted' limit 1), false
        ) as delivered_before
      from seen s join reached on reached.floor is null or s.id >= reached.floor
      join endpoints e on e.id = s.endpoint_id
      where s.matches
    )
    select
      count(*) filter (where open and bytes is not null)::integer as deliveries,
      count(distinct endpoint_id) filter (where open and bytes is not null)::integer as endpoints,
      coalesce(sum(bytes) filter (where open), 0)::bigint as bytes,
      min(created_at) filter (where open and bytes is not null) as oldest_at,
      count(*) filter (where open and bytes is not null and delivered_before)::integer as delivered_before,
      count(*) filter (where bytes is null)::integer as payloads_gone,
      count(*) filter (where not open and bytes is not null)::integer as endpoints_closed,
      (select floor from reached) as floor,
      (select s.created_at from seen s join reached on s.id = reached.floor) as floor_created_at
    from found`,
  };
}

const BY_TENANT = statement("preview-recovery-by-tenant", "(select 1 as no)", "true");
const BY_ENDPOINTS = statement(
  "preview-recovery-by-endpoints",
  "(select u.id, u.no from unnest($11::uuid[]) with ordinality as u (id, no))",
  "d.endpoint_id = s.id",
);

export async function previewRecovery(
  database: Queryable,
  scan: RecoverableFilter & {
    /** Null: all of the tenant. */
    readonly endpointIds: readonly string[] | null;
    readonly lowId: number;
    readonly highId: number;
    /** Rows that are looked at: of the tenant, or of each endpoint. */
    readonly window: number;
  },
): Promise<RecoveryPreviewRow> {
  const { endpointIds, lowId, highId, window } = scan;
  const parameters = [...recoverableParameters(scan), lowId, highId, window];
  const rows =
    endpointIds === null
      ? await database.query<RecoveryPreviewRow>(BY_TENANT, parameters)
      : await database.query<RecoveryPreviewRow>(BY_ENDPOINTS, [...parameters, endpointIds]);
  if (rows[0] === undefined) throw new Error("The preview of a recovery was not returned.");
  return rows[0];
}
