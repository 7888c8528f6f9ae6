/**
 * Lists a tenant's audit log, newest first. Filters are looked at within a window of the newest rows, so a page can be
 * short, even empty, and still have another after it.
 */
import { listAuditRows } from "../../db/queries/list-audit-rows.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { Page } from "../pages/page.ts";
import { SCAN_WINDOW } from "../pages/scan-page.ts";
import type { AuditRow } from "./audit-row.ts";

export interface AuditFilter {
  readonly action?: string | undefined;
  /** As `actorName` gives it: `root`, `api_key:<uuid>`, `user:<uuid>`. */
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  /** At this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
}

/** How far numbers and times may disagree: a row's time is taken before its turn, by the clock of its node. */
const TIME_SLACK_MS = 3_600_000;

/** `after` is the position of the page before. Throws `not_found`, `scope_required`. */
export async function listAudit({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: AuditFilter & { readonly after: number | null; readonly limit: number };
}): Promise<Page<AuditRow, number>> {
  requireScope(actor, tenantId, "audit:read");
  const { after, limit, ...filter } = input;
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const { rows, floor, floorAt } = await listAuditRows(context.database, {
    tenantId,
    below: after,
    limit: limit + 1,
    window: isFiltered ? SCAN_WINDOW : limit + 1,
    action: filter.action ?? null,
    actor: filter.actor ?? null,
    subject: filter.subject ?? null,
    createdAfter: filter.createdAfter ?? null,
    createdBefore: filter.createdBefore ?? null,
  });

  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length > limit && last !== undefined) return { items, after: last.number };
  const isPastTime =
    filter.createdAfter !== undefined &&
    floorAt !== null &&
    floorAt.getTime() < filter.createdAfter.getTime() - TIME_SLACK_MS;
  const isAtTheEnd = floor === null || floor <= 1 || isPastTime;
  return { items, after: isAtTheEnd ? null : floor };
}
