/**
 * Finds the endpoint that is to be sent a request out of turn: an owner's test, a rehearsal, a check. One that is paused
 * may be, so that its owner knows before resuming; one that is disabled, or whose tenant has switched off the deliveries
 * of its profile, is sent nothing.
 */
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { CoreError } from "../errors/core-error.ts";
import { isHeld } from "../profile-settings/is-held.ts";
import type { ProbedEndpoint } from "./probe-plan.ts";

/** Throws `not_found`, `endpoint_disabled`. */
export async function getProbedEndpoint(
  { database }: Pick<CoreContext, "database">,
  { tenantId, endpointId }: { readonly tenantId: string; readonly endpointId: string },
): Promise<ProbedEndpoint> {
  const endpoint = await selectEndpoint(database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  const { profile, signature } = endpoint;
  if (endpoint.status === "disabled") {
    throw new CoreError("endpoint_disabled", "This endpoint is disabled. Resume it first.");
  }
  if (await isHeld(database, { tenantId, profile })) {
    const message = `This tenant has switched off all deliveries of the profile ${profile}.`;
    throw new CoreError("endpoint_disabled", message);
  }
  return { tenantId, endpointId, profile, signature };
}
