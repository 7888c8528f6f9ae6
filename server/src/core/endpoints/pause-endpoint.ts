/** Pauses an endpoint: deliveries to it are made and wait, and none is lost. */
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { moveEndpoint } from "./move-endpoint.ts";

/** Throws `scope_required`, `not_found`, `endpoint_disabled`. */
export async function pauseEndpoint({
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
    const moved = await moveEndpoint(transaction, { tenantId, endpointId, request: "pause", now });
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.pause", ...moved, now });
    return moved.after;
  });
}
