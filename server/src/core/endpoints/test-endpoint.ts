/**
 * Sends one `webhook.test` to an endpoint through the real pipeline and answers with the recorded attempt, whatever came
 * of it.
 */
import { type Actor, requireScope } from "../access/actor.ts";
import type { Attempt } from "../attempts/attempt.ts";
import { getRecordedAttempt } from "../attempts/get-recorded-attempt.ts";
import type { CoreContext } from "../context.ts";
import { getProbedEndpoint } from "../probes/get-probed-endpoint.ts";

/** Takes as long as the receiver does. Throws `scope_required`, `not_found`, `endpoint_disabled`, `overloaded`. */
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
  await getProbedEndpoint(context, { tenantId, endpointId });
  const { attemptId } = await context.engine.sendTest({ tenantId, endpointId });
  return getRecordedAttempt(context.database, { tenantId, attemptId });
}
