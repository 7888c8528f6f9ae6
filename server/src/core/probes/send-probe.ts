/**
 * Sends one probe to an endpoint through the real pipeline and resolves to what was recorded of it, whatever came of
 * it. Its delivery stands among the endpoint's, with the source `probe`; it is sent once and counts for nothing.
 */
import type { Attempt } from "../attempts/attempt.ts";
import { getRecordedAttempt } from "../attempts/get-recorded-attempt.ts";
import type { CoreContext } from "../context.ts";
import type { ProbedEndpoint, ProbePlan } from "./probe-plan.ts";

/** Takes as long as the receiver does. Throws `not_found` when the endpoint is gone, `overloaded`. */
export async function sendProbe(
  { database, engine }: Pick<CoreContext, "database" | "engine">,
  endpoint: ProbedEndpoint,
  plan: ProbePlan,
): Promise<Attempt> {
  const { attemptId } = await engine.sendProbe({ ...endpoint, plan });
  return getRecordedAttempt(database, { tenantId: endpoint.tenantId, attemptId });
}
