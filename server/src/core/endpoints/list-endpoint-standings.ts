/** Lists a tenant's newest endpoints with how they stand, for contracts that page nothing. */
import type { Actor } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type EndpointStanding, loadStandings } from "./endpoint-standing.ts";
import { listEndpoints } from "./list-endpoints.ts";

/** Throws `not_found`, `scope_required`. */
export async function listEndpointStandings({
  context,
  actor,
  tenantId,
  limit,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly limit: number;
}): Promise<EndpointStanding[]> {
  const { items } = await listEndpoints({ context, actor, tenantId, input: { after: null, limit } });
  return loadStandings(context.database, items);
}
