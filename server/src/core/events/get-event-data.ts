/** Reads the data of one event, byte for byte as published. */
import { selectEvent } from "../../db/queries/select-event.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { eventNotFound } from "./event-not-found.ts";

/** JSON text in UTF-8. Throws `scope_required`, `not_found`. */
export async function getEventData({
  context,
  actor,
  tenantId,
  eventId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly eventId: number;
}): Promise<Uint8Array> {
  requireScope(actor, tenantId, "events:read");
  const row = await selectEvent(context.database, { tenantId, eventId });
  if (row === null) throw eventNotFound();
  return row.data;
}
