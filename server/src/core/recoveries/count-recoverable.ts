/**
 * Counts what a recovery with this filter would resend if it were started now. It looks at a bounded number of the newest
 * deliveries; where there are more it says so, and how far it came.
 */
import type { Queryable } from "../../db/database.ts";
import { previewRecovery as readPreview } from "../../db/queries/preview-recovery.ts";
import { scanBelow, scanFrom } from "../pages/scan-page.ts";
import { type RecoveryFilter, toRecoverableFilter } from "./recovery-filter.ts";

export interface RecoveryPreview {
  /** That would be resent. */
  readonly deliveries: number;
  /** That these are of. */
  readonly endpoints: number;
  /** Of their events' data, as published. */
  readonly bytes: number;
  /** When the oldest of them was made. */
  readonly oldestAt: Date | null;
  /** Of them, those that a receiver has accepted once, in an earlier run whose attempts are still kept. */
  readonly deliveredBefore: number;
  /** Would be left out: the event is past its retention. */
  readonly payloadsGone: number;
  /** Would be left out: the endpoint is disabled or deleted. */
  readonly endpointsClosed: number;
  /** Whether everything was looked at. */
  readonly complete: boolean;
  /** Where it was not: only deliveries made since about then were. */
  readonly reachedAt: Date | null;
}

/** Deliveries that are looked at: some tenths of a second. */
const ROWS_MAX = 50_000;

/** The filter was checked. */
export async function countRecoverable(
  database: Queryable,
  of: { readonly tenantId: string; readonly filter: RecoveryFilter; readonly now: Date },
): Promise<RecoveryPreview> {
  const { tenantId, filter, now } = of;
  const wanted = toRecoverableFilter(tenantId, filter, now);
  const row = await readPreview(database, {
    ...wanted,
    lowId: scanFrom(filter.createdAfter),
    highId: scanBelow(null, filter.createdBefore),
    window: Math.floor(ROWS_MAX / (wanted.endpointIds?.length ?? 1)),
  });
  return {
    deliveries: row.deliveries,
    endpoints: row.endpoints,
    bytes: row.bytes,
    oldestAt: row.oldest_at,
    deliveredBefore: row.delivered_before,
    payloadsGone: row.payloads_gone,
    endpointsClosed: row.endpoints_closed,
    complete: row.floor === null,
    reachedAt: row.floor_created_at,
  };
}
