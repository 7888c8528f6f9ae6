/**
 * One claim: takes due deliveries in turns between endpoints, as many as this node has room for. A short transaction
 * of two statements (see lock-lanes.ts and lease-from-lanes.ts); no HTTP request is ever made inside it.
 */
import type { Clock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { leaseFromLanes } from "../../db/queries/lease-from-lanes.ts";
import { isLaneHeld, lockLanePatiently, lockLanes } from "../../db/queries/lock-lanes.ts";
import { MOMENT_MS } from "../../db/queries/store-events.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { type CapShare, spareOf } from "./cap-share.ts";
import { type FastEndpoints, LEASE_AHEAD } from "./lease-ahead.ts";

/** Lanes visited by one claim: enough to fill a node, few enough that the transaction stays at a few milliseconds. */
const MAX_LANES = 64;
/** Deliveries of one endpoint in one claim. */
const MAX_PER_LANE = 256;
/** A lane whose cap is used up is moved on by the next record. Alone, that is this node's: nothing is missed. */
const CAPPED_ALONE_MS = 1_000;
/** Another node may have room where this one has none: it finds the lane at its next look. */
const CAPPED_MS = 100;

export interface ClaimResult {
  readonly deliveries: HeldDelivery[];
  /** Lanes whose turn had come; more of them than were visited may be waiting. */
  readonly lanes: number;
  /** Turns were asked for that nobody has given yet (give-turns.ts). */
  readonly asked: boolean;
  /** Some of it has waited for longer than a moment: retries, or more than was sent as it came. */
  readonly isBacklog: boolean;
}

export const NOTHING: ClaimResult = { deliveries: [], lanes: 0, asked: false, isBacklog: false };

export async function claimDueDeliveries(input: {
  readonly database: Database;
  readonly clock: Clock;
  readonly nextLease: () => number;
  /** Deliveries that this node can hold beside those it holds. */
  readonly room: number;
  /** Waits for the lane that has waited longest, where a store or another node holds it. */
  readonly isPatient?: boolean;
  readonly defaultMaxInFlight: number;
  readonly capShare: CapShare;
  /** Left out: no endpoint is fast. */
  readonly fast?: FastEndpoints;
}): Promise<ClaimResult> {
  const { database, clock, room, capShare } = input;
  if (room <= 0) return NOTHING;
  const lease = input.nextLease();
  const rows = await database
    .transaction(async (transaction) => {
      const now = clock.now();
      const { endpointIds, asked } =
        input.isPatient === true
          ? await lockLanePatiently(transaction, { now })
          : await lockLanes(transaction, { now, limit: Math.min(MAX_LANES, room) });
      if (endpointIds.length === 0) return { leased: [], lanes: 0, asked, isBacklog: false };
      const leased = await leaseFromLanes(transaction, {
        now,
        endpointIds,
        lease,
        perLane: Math.min(MAX_PER_LANE, Math.max(1, Math.floor(room / endpointIds.length))),
        defaultMaxInFlight: input.defaultMaxInFlight,
        prefetch: LEASE_AHEAD,
        fast: input.fast,
        capDivisor: capShare.divisor,
        capSpare: spareOf(capShare),
        cappedMs: capShare.divisor === 1 ? CAPPED_ALONE_MS : CAPPED_MS,
      });
      const momentAgo = new Date(now.getTime() - MOMENT_MS);
      const isBacklog = leased.some(({ event_created_at: createdAt }) => createdAt < momentAgo);
      return { leased, lanes: endpointIds.length, asked, isBacklog };
    })
    .catch((error: unknown) => {
      if (isLaneHeld(error)) return null;
      throw error;
    });
  if (rows === null) return NOTHING;
  const heldSince = performance.now();
  return {
    lanes: rows.lanes,
    asked: rows.asked,
    isBacklog: rows.isBacklog,
    deliveries: rows.leased.map((row) => ({
      deliveryId: row.delivery_id,
      eventId: row.event_id,
      tenantId: row.tenant_id,
      endpointId: row.endpoint_id,
      version: row.version,
      maxInFlight: row.max_in_flight,
      type: row.type,
      source: row.source,
      run: row.run,
      attempts: row.attempts,
      deferrals: row.deferrals,
      eventCreatedAt: row.event_created_at,
      traceparent: row.traceparent,
      data: row.data,
      lease,
      probe: null,
      heldSince,
    })),
  };
}
