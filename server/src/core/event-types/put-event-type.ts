/**
 * Registers an event type, or replaces what is known of it; a deprecated one is in use again afterwards. What is left
 * out is empty, as PUT means it.
 */
import { putEventType as putEventTypeRow } from "../../db/queries/put-event-type.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { checkEventType, type EventType, toEventType } from "./event-type.ts";

export interface PutEventTypeInput {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON text. */
  readonly example?: string | null | undefined;
}

/** Throws `not_found`, `scope_required`, `validation_failed` (also for a reserved name). */
export async function putEventType({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: PutEventTypeInput;
}): Promise<{ readonly eventType: EventType; readonly created: boolean }> {
  requireScope(actor, tenantId, "event-types:write");
  refuseProblems(checkEventType(input));
  const row = await putEventTypeRow(context.database, {
    tenantId,
    name: input.name,
    description: input.description ?? "",
    example: input.example ?? null,
    now: context.clock.now(),
  });
  if (row === null) throw new CoreError("not_found", "There is no such tenant.");
  return { eventType: toEventType(row), created: row.created };
}
