/**
 * Explains one delivery: its timeline in plain words, what it comes to, the cause and what to do. Shows no body, header
 * or URL, and not who acted: that is in the audit log, for those who may read it.
 */
import { listAttempts } from "../../db/queries/list-attempts.ts";
import { listChangesSince } from "../../db/queries/list-changes-since.ts";
import { readStanding } from "../../db/queries/read-standing.ts";
import { selectDelivery } from "../../db/queries/select-delivery.ts";
import type { Queryable } from "../../db/database.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { toAttempt } from "../attempts/attempt.ts";
import type { CoreContext } from "../context.ts";
import { type Delivery, toDelivery } from "../deliveries/delivery.ts";
import { deliveryNotFound } from "../deliveries/delivery-not-found.ts";
import { SCAN_WINDOW } from "../pages/scan-page.ts";
import { AHEAD_COUNTED_MAX, describeStanding, type Standing } from "./standing.ts";
import { tellDelivery, type TimelineEntry } from "./tell-delivery.ts";

export interface ExplainedDelivery {
  readonly delivery: Delivery;
  /** Null when it has ended. */
  readonly standing: Standing | null;
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** More than any schedule makes in three runs; the newest are told. */
const ATTEMPTS_TOLD_MAX = 100;
const CHANGES_TOLD_MAX = 100;

/** Throws `scope_required`, `not_found`. */
export async function explainDelivery({
  context,
  actor,
  tenantId,
  deliveryId,
}: {
  readonly context: Pick<CoreContext, "database" | "clock">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly deliveryId: number;
}): Promise<ExplainedDelivery> {
  requireScope(actor, tenantId, "deliveries:read");
  const explained = await readExplainedDelivery(context.database, { tenantId, deliveryId, now: context.clock.now() });
  if (explained === null) throw deliveryNotFound();
  return explained;
}

/** Without a caller's rights: for whoever reads the database itself. */
export async function readExplainedDelivery(
  database: Queryable,
  of: { readonly tenantId: string; readonly deliveryId: number; readonly now: Date },
): Promise<ExplainedDelivery | null> {
  const { tenantId, deliveryId, now } = of;
  const row = await selectDelivery(database, { tenantId, deliveryId });
  if (row === null) return null;
  const delivery = toDelivery(row);
  const [attempts, changes, [standing]] = await Promise.all([
    listAttempts(database, { tenantId, deliveryId, limit: ATTEMPTS_TOLD_MAX }),
    listChangesSince(database, {
      tenantId,
      endpointId: delivery.endpointId,
      subjects: [`delivery:${deliveryId}`, `event:${delivery.eventId}`],
      since: delivery.createdAt,
      window: SCAN_WINDOW,
      limit: CHANGES_TOLD_MAX,
    }),
    delivery.finishedAt === null
      ? readStanding(database, { tenantId, deliveryIds: [deliveryId], countUpTo: AHEAD_COUNTED_MAX })
      : [],
  ]);
  const waits = standing === undefined ? null : describeStanding(standing, now);
  const timeline = tellDelivery({
    delivery,
    attempts: attempts.toReversed().map(toAttempt),
    changes,
    standing: waits,
    now,
  });
  return { delivery, standing: waits, timeline };
}
