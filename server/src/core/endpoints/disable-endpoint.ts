/**
 * Disables an endpoint: no deliveries to it are made any more, and those that wait end as cancelled. Up to a thousand
 * end in the same commit; the sweep (sweep-closed-endpoints.ts) ends the rest, so that one call never holds a
 * transaction open over a backlog of millions.
 */
import { cancelWaiting } from "../../db/queries/cancel-waiting.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { moveEndpoint } from "./move-endpoint.ts";

/** What a call may end itself: some ten milliseconds of work. */
export const CANCELLED_AT_ONCE_MAX = 1000;

/** Throws `scope_required`, `not_found`. */
export async function disableEndpoint({
  context,
  actor,
  tenantId,
  endpointId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}): Promise<Endpoint> {
  requireScope(actor, tenantId, "endpoints:write");
  const { keyRing } = context;
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const moved = await moveEndpoint(transaction, { tenantId, endpointId, request: "disable", now });
    await cancelWaiting(transaction, { now, limit: CANCELLED_AT_ONCE_MAX, endpointId });
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.disable", ...moved, now });
    return moved.after;
  });
}
