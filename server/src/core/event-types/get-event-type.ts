/** Reads one event type. */
import { selectEventType } from "../../db/queries/select-event-type.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type EventType, isEventTypeName, toEventType } from "./event-type.ts";

/** Throws `not_found`, `scope_required`. */
export async function getEventType({
  context,
  actor,
  tenantId,
  name,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly name: string;
}): Promise<EventType> {
  requireScope(actor, tenantId, "event-types:read");
  const row = isEventTypeName(name) ? await selectEventType(context.database, { tenantId, name }) : null;
  if (row === null) throw new CoreError("not_found", "There is no such event type.");
  return toEventType(row);
}
