/** Reads one endpoint. */
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";

/** Throws `scope_required`, `not_found`. */
export async function getEndpoint({
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
  requireScope(actor, tenantId, "endpoints:read");
  const row = await selectEndpoint(context.database, { tenantId, endpointId });
  if (row === null) throw endpointNotFound();
  return toEndpoint(row);
}
