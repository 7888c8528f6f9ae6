/**
 * What the engine's `sendTest` and `sendProbe` leave behind, without sending: a delivery of their source with one
 * recorded attempt, which the receiver accepted. For tests of the API around them.
 */
import type { EnginePorts } from "../../src/core/context.ts";
import type { Clock } from "../../src/db/clock.ts";
import type { Queryable } from "../../src/db/database.ts";
import { finishDelivery } from "./finish-delivery.ts";

export async function recordTest(
  { database, clock }: { readonly database: Queryable; readonly clock: Clock },
  { tenantId, endpointId }: Parameters<EnginePorts["sendTest"]>[0],
  source: "test" | "probe" = "test",
): Promise<{ readonly attemptId: number }> {
  const [row] = await database.query<{ delivery_id: number }>(
    {
      name: "test-queue-test",
      text: `insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, created_at, run_started_at)
        values (nextval('ids'), nextval('ids'), $1::uuid, $2::uuid, 'webhook.test', $4::text, $3::timestamptz,
          $3::timestamptz, $3::timestamptz)
        returning delivery_id`,
    },
    [tenantId, endpointId, clock.now(), source],
  );
  if (row === undefined) throw new Error("the test was not queued");
  return {
    attemptId: await finishDelivery(
      { database, clock },
      { deliveryId: row.delivery_id, state: "succeeded", status: 200 },
    ),
  };
}
