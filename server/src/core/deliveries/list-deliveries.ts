/**
 * Lists deliveries, newest first, unfinished and ended as one list. Filters other than endpoint and event are looked at
 * within a window of the newest rows, so a page can be short, even empty, and still have another after it.
 */
import { listDeliveries as scanDeliveries } from "../../db/queries/list-deliveries.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { Page } from "../pages/page.ts";
import { SCAN_WINDOW, scanBelow, toScanPage } from "../pages/scan-page.ts";
import { type Delivery, type DeliverySource, toDelivery } from "./delivery.ts";
import type { DeliveryState } from "./delivery-state.ts";

export interface DeliveryFilter {
  readonly endpointId?: string | undefined;
  readonly eventId?: number | undefined;
  readonly state?: DeliveryState | undefined;
  readonly type?: string | undefined;
  /** The error class of the last attempt. */
  readonly class?: string | undefined;
  /** The HTTP status of the last attempt. */
  readonly status?: number | undefined;
  readonly sources?: readonly DeliverySource[] | undefined;
  /** At this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
}

/** `after` is the position of the page before. Throws `not_found`, `scope_required`. */
export async function listDeliveries({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: DeliveryFilter & { readonly after: number | null; readonly limit: number };
}): Promise<Page<Delivery, number>> {
  requireScope(actor, tenantId, "deliveries:read");
  const { limit, createdAfter, createdBefore } = input;
  const exactWindow = limit + 1;
  const logWindow = isFilteredInTheLog(input) ? SCAN_WINDOW : exactWindow;
  const scan = await scanDeliveries(context.database, {
    tenantId,
    endpointId: input.endpointId ?? null,
    eventId: input.eventId ?? null,
    state: input.state ?? null,
    type: input.type ?? null,
    class: input.class ?? null,
    status: input.status ?? null,
    sources: input.sources ?? null,
    createdAfter: createdAfter ?? null,
    createdBefore: createdBefore ?? null,
    below: scanBelow(input.after, createdBefore),
    limit: limit + 1,
    logWindow,
    // In the queue the endpoint is a filter like any other.
    queueWindow: input.endpointId === undefined ? logWindow : SCAN_WINDOW,
  });
  return toScanPage({ ...scan, rows: scan.rows.map(toDelivery), limit, createdAfter });
}

/** Whether rows of the log can be looked at and not match, for another reason than their tenant or endpoint. */
function isFilteredInTheLog(filter: DeliveryFilter): boolean {
  const { state, type, class: errorClass, status, sources, createdAfter, createdBefore } = filter;
  return [state, type, errorClass, status, sources, createdAfter, createdBefore].some((value) => value !== undefined);
}
