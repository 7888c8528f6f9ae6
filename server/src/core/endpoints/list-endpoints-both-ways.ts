/**
 * Lists a tenant's endpoints, newest first, forwards and backwards, for contracts whose pages lead both ways. A position
 * is a number between two endpoints and not a count, so it stays where it is whatever is added or deleted.
 */
import { listEndpoints as listAfter } from "../../db/queries/list-endpoints.ts";
import { listEndpointsBefore } from "../../db/queries/list-endpoints-before.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";

/** `after`: what was created before the endpoint of that number; `before`: the page next to it of what came later. */
export type EndpointPosition = { readonly after: number } | { readonly before: number };

export interface TwoWayPage {
  readonly endpoints: readonly Endpoint[];
  /** Where the list goes on; null at its end. */
  readonly next: EndpointPosition | null;
  /** Where the page before lies; null on the first page. */
  readonly previous: EndpointPosition | null;
}

/** `position` null: the first page. Throws `not_found`, `scope_required`. */
export async function listEndpointsBothWays({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly position: EndpointPosition | null; readonly limit: number };
}): Promise<TwoWayPage> {
  requireScope(actor, tenantId, "endpoints:read");
  const { position, limit } = input;
  // One more than is shown proves that there is more.
  const page = { tenantId, limit: limit + 1 };
  if (position !== null && "before" in position) {
    const { before } = position;
    const rows = await listEndpointsBefore(context.database, { ...page, before });
    const endpoints = rows.slice(-limit).map(toEndpoint);
    const first = endpoints[0];
    const hasPrevious = rows.length > limit && first !== undefined;
    return {
      endpoints,
      next: { after: before + 1 },
      previous: hasPrevious ? { before: first.number } : null,
    };
  }
  const after = position?.after ?? null;
  const rows = await listAfter(context.database, { ...page, after });
  const endpoints = rows.slice(0, limit).map(toEndpoint);
  const last = endpoints.at(-1);
  return {
    endpoints,
    next: rows.length > limit && last !== undefined ? { after: last.number } : null,
    previous: after === null ? null : { before: after - 1 },
  };
}
