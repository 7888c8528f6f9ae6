/** Reads one endpoint by its small integer, for contracts that know endpoints by one. */
import { findEndpointByNumber } from "../../db/queries/find-endpoint-by-number.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";

const NUMBER_MAX = 2_147_483_647;

/** Throws `scope_required`, `not_found`. */
export async function getEndpointByNumber({
  context,
  actor,
  tenantId,
  number,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly number: number;
}): Promise<Endpoint> {
  requireScope(actor, tenantId, "endpoints:read");
  if (!Number.isInteger(number) || number < 1 || number > NUMBER_MAX) throw endpointNotFound();
  const row = await findEndpointByNumber(context.database, { tenantId, number });
  if (row === null) throw endpointNotFound();
  return toEndpoint(row);
}
