/** Lists a tenant's endpoints by their place in one of a few orders, all of them or those whose URL holds a text. */
import {
  type Direction,
  type EndpointOrder,
  listEndpointsByOffset as listRows,
} from "../../db/queries/list-endpoints-by-offset.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type OffsetPage, requireReachable } from "../pages/offset-page.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";

export interface EndpointsByOffset {
  readonly offset: number;
  readonly limit: number;
  readonly order: EndpointOrder;
  readonly direction: Direction;
  /** Without regard to case; left out or empty, all endpoints are listed. */
  readonly urlPart?: string | undefined;
}

/** Throws `not_found`, `scope_required`, `validation_failed` (an offset above 10,000). */
export async function listEndpointsByOffset({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: EndpointsByOffset;
}): Promise<OffsetPage<Endpoint>> {
  requireScope(actor, tenantId, "endpoints:read");
  requireReachable(input.offset);
  const { urlPart = "", ...page } = input;
  // No URL holds NUL, and the database takes no text with one.
  if (urlPart.includes("\u0000")) return { items: [], count: 0 };
  const { rows, count } = await listRows(context.database, {
    ...page,
    tenantId,
    urlPart: urlPart === "" ? null : urlPart,
  });
  return { items: rows.map(toEndpoint), count };
}
