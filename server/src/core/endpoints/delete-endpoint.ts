/**
 * Deletes an endpoint: its secrets, credentials and header values are wiped, nothing is delivered to it any more, and
 * what waits ends as cancelled (a thousand at once, the rest by the sweep). Its log stays as long as any log.
 */
import { cancelWaiting } from "../../db/queries/cancel-waiting.ts";
import { deleteEndpoint as deleteEndpointRow } from "../../db/queries/delete-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CANCELLED_AT_ONCE_MAX } from "./disable-endpoint.ts";
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
    const deleted = await deleteEndpointRow(transaction, { tenantId, endpointId, now });
    if (!deleted) throw endpointNotFound();
    await cancelWaiting(transaction, { now, limit: CANCELLED_AT_ONCE_MAX, endpointId });
  });
}
