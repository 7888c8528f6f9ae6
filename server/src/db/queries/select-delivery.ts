/** Reads one delivery of a tenant, from wherever it stands. One statement, so that a moving row is seen exactly once. */
import type { Queryable, Statement } from "../database.ts";
import { type DeliveryRow, LOG_COLUMNS, QUEUE_COLUMNS } from "./delivery-columns.ts";

const SELECT_DELIVERY: Statement = {
  name: "select-delivery",
  text: `
    select ${QUEUE_COLUMNS} from queue q where q.delivery_id = $2::bigint and q.tenant_id = $1::uuid
    union all
    select ${LOG_COLUMNS} from deliveries d where d.id = $2::bigint and d.tenant_id = $1::uuid`,
};

export async function selectDelivery(
  database: Queryable,
  by: { readonly tenantId: string; readonly deliveryId: number },
): Promise<DeliveryRow | null> {
  const rows = await database.query<DeliveryRow>(SELECT_DELIVERY, [by.tenantId, by.deliveryId]);
  return rows[0] ?? null;
}
