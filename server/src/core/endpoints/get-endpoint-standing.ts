/** Reads one endpoint with how it stands. Whoever may change endpoints may see the one that they change. */
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireOneScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";
import { type EndpointStanding, loadStandings } from "./endpoint-standing.ts";

/** Throws `scope_required`, `not_found`. */
export async function getEndpointStanding({
  context,
  actor,
  tenantId,
  endpointId,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}): Promise<EndpointStanding> {
  requireOneScope(actor, tenantId, ["endpoints:read", "endpoints:write"]);
  const row = await selectEndpoint(context.database, { tenantId, endpointId });
  if (row === null) throw endpointNotFound();
  const [standing] = await loadStandings(context.database, [toEndpoint(row)]);
  if (standing === undefined) throw new Error("The standing of an endpoint was not loaded.");
  return standing;
}
