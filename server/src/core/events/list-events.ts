/**
 * Lists events, newest first, without their data. Type and time are looked at within a window of the newest events, so
 * a page can be short, even empty, and still have another after it.
 */
import { listEvents as scanEvents } from "../../db/queries/list-events.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { Page } from "../pages/page.ts";
import { SCAN_WINDOW, scanBelow, toScanPage } from "../pages/scan-page.ts";
import { type PublishedEvent, toEvent } from "./event.ts";

export interface EventFilter {
  readonly type?: string | undefined;
  /** At this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
}

/** `after` is the position of the page before. Throws `not_found`, `scope_required`. */
export async function listEvents({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: EventFilter & { readonly after: number | null; readonly limit: number };
}): Promise<Page<PublishedEvent, number>> {
  requireScope(actor, tenantId, "events:read");
  const { after, limit, type, createdAfter, createdBefore } = input;
  const isFiltered = [type, createdAfter, createdBefore].some((value) => value !== undefined);
  const scan = await scanEvents(context.database, {
    tenantId,
    below: scanBelow(after, createdBefore),
    limit: limit + 1,
    window: isFiltered ? SCAN_WINDOW : limit + 1,
    type: type ?? null,
    createdAfter: createdAfter ?? null,
    createdBefore: createdBefore ?? null,
  });
  return toScanPage({ ...scan, rows: scan.rows.map(toEvent), limit, createdAfter });
}
