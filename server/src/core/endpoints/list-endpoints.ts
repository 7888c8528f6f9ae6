/** Lists a tenant's endpoints, newest first. */
import { listEndpoints as listEndpointRows } from "../../db/queries/list-endpoints.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";

/** `after` is the number of the last endpoint of the page before. Throws `not_found`, `scope_required`. */
export async function listEndpoints({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly after: number | null; readonly limit: number };
}): Promise<Page<Endpoint, number>> {
  requireScope(actor, tenantId, "endpoints:read");
  const page = { tenantId, after: input.after, limit: input.limit + 1 };
  const rows = await listEndpointRows(context.database, page);
  return toPage(rows.map(toEndpoint), input.limit, (endpoint) => endpoint.number);
}
