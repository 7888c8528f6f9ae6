/**
 * Starts a new run of an event's deliveries that have ended, all of them or those to the endpoints named. What is
 * unfinished goes on as it is. Only deliveries that exist are resent: an endpoint that was created or began to want the
 * type after the event was stored has none, and none is made, so that a resend never surprises it with the past.
 */
import { type EventTargetRow, listEventTargets } from "../../db/queries/list-event-targets.ts";
import { requeueDeliveries } from "../../db/queries/requeue-deliveries.ts";
import { selectEvent } from "../../db/queries/select-event.ts";
import { turnLanes } from "../../db/queries/turn-lanes.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { eventNotFound } from "./event-not-found.ts";

export interface ResendEventInput {
  /** All of the event's endpoints when left out. */
  readonly endpointIds?: readonly string[] | undefined;
}

export interface ResentEvent {
  readonly resent: number;
}

export const RESEND_ENDPOINTS_MAX = 500;

/**
 * Resolves to how many deliveries began a new run. Deliveries to endpoints that are disabled or deleted are left out,
 * and refused where the endpoint is named. Throws `scope_required`, `not_found`, `event_gone`, `validation_failed`,
 * `endpoint_disabled`.
 */
export async function resendEvent({
  context,
  actor,
  tenantId,
  eventId,
  input,
  keepAnswer,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly eventId: number;
  readonly input: ResendEventInput;
  readonly keepAnswer?: KeepAnswer<ResentEvent> | undefined;
}): Promise<ResentEvent> {
  requireScope(actor, tenantId, "deliveries:write");
  const { database, keyRing } = context;
  const event = await selectEvent(database, { tenantId, eventId });
  const targets = await listEventTargets(database, { tenantId, eventId });
  if (event === null && targets.length === 0) throw eventNotFound();
  if (event === null) throw new CoreError("event_gone", "This event is past its retention; its data is gone.");

  const chosen = chooseTargets(targets, input.endpointIds);
  const deliveryIds = chosen
    .filter((target) => target.ended && target.endpoint_open)
    .map((target) => target.delivery_id);
  const now = context.clock.now();
  const answer = await database.transaction(async (transaction) => {
    const endpointIds = await requeueDeliveries(transaction, { tenantId, deliveryIds, now });
    await turnLanes(transaction, { endpointIds, now });
    const resent = { resent: endpointIds.length };
    await keepAnswer?.(transaction, resent);
    if (endpointIds.length > 0) {
      const subject = `event:${eventId}` as const;
      const after = { deliveries: endpointIds.length };
      await appendAudit(transaction, { keyRing, tenantId, actor, action: "event.resend", subject, after, now });
    }
    return resent;
  });
  if (answer.resent > 0) context.engine.wakeDispatch();
  return answer;
}

function chooseTargets(
  targets: readonly EventTargetRow[],
  endpointIds: readonly string[] | undefined,
): readonly EventTargetRow[] {
  if (endpointIds === undefined) return targets;
  const byEndpoint = Map.groupBy(targets, (target) => target.endpoint_id);
  const problems = endpointIds.flatMap((endpointId, index): InputProblem[] => {
    if (byEndpoint.has(endpointId)) return [];
    const message = "This event has no delivery to this endpoint.";
    return [{ path: `/endpointIds/${index}`, code: "no_delivery", message }];
  });
  refuseProblems(problems);
  const chosen = [...new Set(endpointIds)].flatMap((endpointId) => byEndpoint.get(endpointId) ?? []);
  if (chosen.some((target) => !target.endpoint_open)) {
    throw new CoreError("endpoint_disabled", "One of these endpoints is disabled or deleted. Nothing was resent.");
  }
  return chosen;
}
