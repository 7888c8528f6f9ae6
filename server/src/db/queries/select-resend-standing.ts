/** What decides whether a delivery can be resent: its state, its endpoint's, and whether its event is still there. */
import type { Queryable, Statement } from "../database.ts";

export interface ResendStandingRow {
  readonly endpoint_id: string;
  readonly state: "pending" | "in_flight" | "succeeded" | "exhausted" | "cancelled";
  /** Tries of its run. */
  readonly attempts: number;
  /** Neither disabled nor deleted. */
  readonly endpoint_open: boolean;
  readonly event_kept: boolean;
}

const SELECT_RESEND_STANDING: Statement = {
  name: "select-resend-standing",
  text: `
    select s.endpoint_id, s.state, s.attempts, e.deleted_at is null and e.status <> 'disabled' as endpoint_open,
      exists (select from events v where v.id = s.event_id) as event_kept
    from (
      select endpoint_id, event_id, attempts, case when lease is null then 'pending' else 'in_flight' end as state
      from queue where delivery_id = $2::bigint and tenant_id = $1::uuid
      union all
      select endpoint_id, event_id, attempts, state from deliveries where id = $2::bigint and tenant_id = $1::uuid
    ) s
    join endpoints e on e.id = s.endpoint_id`,
};

export async function selectResendStanding(
  database: Queryable,
  by: { readonly tenantId: string; readonly deliveryId: number },
): Promise<ResendStandingRow | null> {
  const rows = await database.query<ResendStandingRow>(SELECT_RESEND_STANDING, [by.tenantId, by.deliveryId]);
  return rows[0] ?? null;
}
