/** Lists a tenant's event types by name, deprecated ones among them. */
import { listEventTypes as listEventTypeRows } from "../../db/queries/list-event-types.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type EventType, toEventType } from "./event-type.ts";

/** `after` is the name of the last type of the page before. Throws `not_found`, `scope_required`. */
export async function listEventTypes({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly after: string | null; readonly limit: number };
}): Promise<Page<EventType, string>> {
  requireScope(actor, tenantId, "event-types:read");
  const rows = await listEventTypeRows(context.database, { tenantId, after: input.after, limit: input.limit + 1 });
  return toPage(rows.map(toEventType), input.limit, (type) => type.name);
}
