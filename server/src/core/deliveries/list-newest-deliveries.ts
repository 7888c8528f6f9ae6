/**
 * The newest deliveries of one endpoint, for contracts that page nothing. A page of the list can be short while others
 * have much that waits; it is read on until there are as many as asked, within a bound.
 */
import { type Actor } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import type { Delivery, DeliverySource } from "./delivery.ts";
import { listDeliveries } from "./list-deliveries.ts";

/** Some 200,000 rows of the queue: below a second. */
const PAGES_MAX = 20;

/** Throws `not_found`, `scope_required`. */
export async function listNewestDeliveries({
  context,
  actor,
  tenantId,
  endpointId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly input: { readonly sources: readonly DeliverySource[]; readonly limit: number };
}): Promise<Delivery[]> {
  if ((await selectEndpoint(context.database, { tenantId, endpointId })) === null) throw endpointNotFound();
  const deliveries: Delivery[] = [];
  let after: number | null = null;
  for (let page = 0; page < PAGES_MAX && deliveries.length < input.limit; page += 1) {
    const limit = input.limit - deliveries.length;
    const filter = { endpointId, sources: input.sources, after, limit };
    const read: Awaited<ReturnType<typeof listDeliveries>> = await listDeliveries({
      context,
      actor,
      tenantId,
      input: filter,
    });
    deliveries.push(...read.items);
    after = read.after;
    if (after === null) break;
  }
  return deliveries;
}
