/**
 * Makes an endpoint active again, whether it was paused or disabled: its routes listen, what waited goes out, and what
 * its failures had shown is forgotten. One verb for both, because a contract that knows only on and off must be able to
 * write on over either.
 */
import { clearHealth } from "../../db/queries/clear-health.ts";
import { releaseLanes } from "../../db/queries/release-lanes.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";
import { moveEndpoint } from "./move-endpoint.ts";

/** Throws `scope_required`, `not_found`. */
export async function resumeEndpoint({
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
  const before = await selectEndpoint(context.database, { tenantId, endpointId });
  if (before === null) throw endpointNotFound();
  if (before.status === "active") return toEndpoint(before);

  const now = context.clock.now();
  const endpoint = await context.database.transaction(async (transaction) => {
    // Lanes before health before endpoints: the order in which recording takes them.
    await releaseLanes(transaction, { endpointIds: [endpointId], now });
    await clearHealth(transaction, [endpointId]);
    const moved = await moveEndpoint(transaction, { tenantId, endpointId, request: "resume", now });
    const { keyRing } = context;
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.resume", ...moved, now });
    return moved.after;
  });
  context.engine.wakeDispatch();
  return endpoint;
}
