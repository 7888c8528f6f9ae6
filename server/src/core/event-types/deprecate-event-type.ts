/** Marks an event type deprecated. Publishing and delivery go on; doing it twice changes nothing. */
import { deprecateEventType as deprecateEventTypeRow } from "../../db/queries/deprecate-event-type.ts";
import { selectEventType } from "../../db/queries/select-event-type.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type EventType, isEventTypeName, toEventType, toEventTypeAudit } from "./event-type.ts";

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
  if (!isEventTypeName(name)) throw eventTypeNotFound();
  const { database, clock, keyRing } = context;
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const found = await selectEventType(transaction, { tenantId, name });
    const row = await deprecateEventTypeRow(transaction, { tenantId, name, now });
    if (found === null || row === null) throw eventTypeNotFound();
    const eventType = toEventType(row);
    if (found.deprecated_at === null) {
      const before = toEventTypeAudit(toEventType(found));
      const after = toEventTypeAudit(eventType);
      const subject = `event_type:${name}` as const;
      const action = "event_type.deprecate";
      await appendAudit(transaction, { keyRing, tenantId, actor, action, subject, before, after, now });
    }
    return eventType;
  });
}

function eventTypeNotFound(): CoreError {
  return new CoreError("not_found", "There is no such event type.");
}
