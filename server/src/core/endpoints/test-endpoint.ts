/**
 * Sends one `webhook.test` to an endpoint through the real pipeline and answers with the recorded attempt, whatever came
 * of it. A paused endpoint can be tested, so that its owner knows before resuming; a disabled one cannot.
 */
import { selectAttempt } from "../../db/queries/select-attempt.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { type Attempt, toAttempt } from "../attempts/attempt.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { isHeld } from "../profile-settings/is-held.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";

/** Takes as long as the receiver does. Throws `scope_required`, `not_found`, `endpoint_disabled`. */
export async function testEndpoint({
  context,
  actor,
  tenantId,
  endpointId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}): Promise<Attempt> {
  requireScope(actor, tenantId, "endpoints:write");
  const endpoint = await selectEndpoint(context.database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  if (endpoint.status === "disabled") {
    throw new CoreError("endpoint_disabled", "This endpoint is disabled. Resume it first.");
  }
  if (await isHeld(context.database, { tenantId, profile: endpoint.profile })) {
    const message = `This tenant has switched off all deliveries of the profile ${endpoint.profile}.`;
    throw new CoreError("endpoint_disabled", message);
  }
  const { attemptId } = await context.engine.sendTest({ tenantId, endpointId });
  const row = await selectAttempt(context.database, { tenantId, attemptId });
  if (row === null) throw new Error(`The recorded attempt ${attemptId} is not there.`);
  return toAttempt(row);
}
