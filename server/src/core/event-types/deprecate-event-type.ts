/** Marks an event type deprecated. Publishing and delivery go on; doing it twice changes nothing. */
import { deprecateEventType as deprecateEventTypeRow } from "../../db/queries/deprecate-event-type.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type EventType, isEventTypeName, toEventType } from "./event-type.ts";

/** Throws `not_found`, `scope_required`. */
export async function deprecateEventType({
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
  requireScope(actor, tenantId, "event-types:write");
  const type = { tenantId, name, now: context.clock.now() };
  const row = isEventTypeName(name) ? await deprecateEventTypeRow(context.database, type) : null;
  if (row === null) throw new CoreError("not_found", "There is no such event type.");
  return toEventType(row);
}
