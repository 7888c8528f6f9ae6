/**
 * Deletes an endpoint: its secrets, credentials and header values are wiped, nothing is delivered to it any more, and
 * what waits ends as cancelled (a thousand at once, the rest by the sweep). Its log stays as long as any log.
 */
import { cancelWaiting } from "../../db/queries/cancel-waiting.ts";
import { deleteEndpoint as deleteEndpointRow } from "../../db/queries/delete-endpoint.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { CANCELLED_AT_ONCE_MAX } from "./disable-endpoint.ts";
import { toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";

/** Throws `scope_required`, `not_found`. */
export async function deleteEndpoint({
  context,
  actor,
  tenantId,
  endpointId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}): Promise<void> {
  requireScope(actor, tenantId, "endpoints:write");
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    const row = await lockEndpoint(transaction, { tenantId, endpointId });
    if (row === null) throw endpointNotFound();
    await deleteEndpointRow(transaction, { tenantId, endpointId, now });
    await cancelWaiting(transaction, { now, limit: CANCELLED_AT_ONCE_MAX, endpointId });
    const { keyRing } = context;
    const before = toEndpoint(row);
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.delete", before, after: null, now });
  });
}
