/** Finds the endpoint that is to be probed: one that is paused may be, so that its owner knows before resuming. */
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { CoreError } from "../errors/core-error.ts";
import type { ProbedEndpoint } from "./probe-plan.ts";

/** Throws `not_found`, `endpoint_disabled`. */
export async function getProbedEndpoint(
  { database }: Pick<CoreContext, "database">,
  { tenantId, endpointId }: { readonly tenantId: string; readonly endpointId: string },
): Promise<ProbedEndpoint> {
  const endpoint = await selectEndpoint(database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  if (endpoint.status === "disabled") {
    throw new CoreError("endpoint_disabled", "This endpoint is disabled. Resume it first.");
  }
  return { tenantId, endpointId, profile: endpoint.profile, signature: endpoint.signature };
}
