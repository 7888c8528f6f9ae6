/**
 * Posthorn stops an endpoint by itself: paused as failing, disabled as gone or failing. Only an endpoint that is not
 * stopped already; its version rises, so that every node sees it at its next delivery.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "stop-endpoint",
  text: `
update endpoints set status = $2::text, status_reason = $3::text, status_changed_at = $4::timestamptz,
  route_keys = case when $2::text = 'disabled' then '{}' else route_keys end,
  version = version + 1, updated_at = $4::timestamptz
where id = $1::uuid and deleted_at is null
  and (status = 'active' or (status = 'paused' and $2::text = 'disabled'))
returning id`,
};

/** Resolves to whether the endpoint was stopped by this call. */
export async function stopEndpoint(
  transaction: Queryable,
  input: {
    readonly endpointId: string;
    readonly status: "paused" | "disabled";
    readonly reason: "failing" | "gone";
    readonly now: Date;
  },
): Promise<boolean> {
  const rows = await transaction.query(statement, [input.endpointId, input.status, input.reason, input.now]);
  return rows.length > 0;
}
