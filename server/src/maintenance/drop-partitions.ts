/**
 * Retention: drops the day partitions whose time is over. Rows of partitions are never deleted one by one.
 * Before a partition of events goes, the unfinished deliveries of its events end `cancelled`, reason `retention`, and
 * are counted: nothing waits for a body that is gone. Deliveries are kept a day longer than events, so that those
 * that ended so can be seen.
 * A drop needs its table for a moment without readers and writers; where it does not get that at once it gives way and
 * is tried again at the next run. Written against a slow list that makes a drop wait, and every publish behind it.
 */
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { DatabaseError } from "../db/database.ts";
import { cancelExpiredDeliveries } from "../db/queries/cancel-expired-deliveries.ts";
import { deleteAttemptCounts } from "../db/queries/delete-attempt-counts.ts";
import { DAY_MS, dayPartition, listDayPartitions, lockPartitions, PARTITIONED_TABLES } from "./day-partitions.ts";
import type { DayPartition, PartitionedTable } from "./day-partitions.ts";

export interface Retention {
  /** Days that events and finished deliveries are kept. */
  readonly eventDays: number;
  readonly attemptDays: number;
}

export interface DroppedPartitions {
  /** Names of the partitions that are gone. */
  readonly dropped: string[];
  /** Names of those that were in use; the next run tries again. */
  readonly postponed: string[];
  /** Deliveries that ended because their event went. */
  readonly cancelledDeliveries: number;
}

/** While a drop waits for its table, statements of others wait behind it: hardly longer than a slow commit. */
const LOCK_TIMEOUT_MS = 200;
/** What is done with the table to ourselves takes milliseconds; a queue of millions is no reason to stop publishing. */
const EXCLUSIVE_TIMEOUT_MS = 2_000;
/** lock_not_available, deadlock_detected, query_canceled. */
const GIVES_WAY: ReadonlySet<string> = new Set(["55P03", "40P01", "57014"]);
const CANCEL_BATCH = 1_000;

export async function dropPartitions(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly retention: Retention;
}): Promise<DroppedPartitions> {
  const { database, clock, retention } = options;
  const now = clock.now();
  const firstKept = firstKeptIds(now, retention);
  const result = { dropped: [] as string[], postponed: [] as string[], cancelledDeliveries: 0 };
  result.cancelledDeliveries = await cancelInBatches(database, firstKept.events, now);

  const over = (await listDayPartitions(database)).filter(({ table, toId }) => toId <= firstKept[table]);
  for (const partition of over.toSorted(byTable)) {
    const outcome = await dropPartition(database, partition, now);
    if (outcome === "gone") continue;
    if (outcome === "in_use") {
      result.postponed.push(partition.name);
      continue;
    }
    result.dropped.push(partition.name);
    result.cancelledDeliveries += outcome.cancelledDeliveries;
  }
  return result;
}

/** For each table the first id of the oldest day that is kept. */
function firstKeptIds(now: Date, retention: Retention): Record<PartitionedTable, number> {
  const firstId = (table: PartitionedTable, days: number) => dayPartition(table, now.getTime() - days * DAY_MS).fromId;
  return {
    events: firstId("events", retention.eventDays),
    deliveries: firstId("deliveries", retention.eventDays + 1),
    attempts: firstId("attempts", retention.attemptDays),
  };
}

/** Events first: what is cancelled with them is written to the partitions of deliveries. */
function byTable(a: DayPartition, b: DayPartition): number {
  return PARTITIONED_TABLES.indexOf(a.table) - PARTITIONED_TABLES.indexOf(b.table);
}

/** Short transactions, so that the hot table is not held while a large backlog ends. */
async function cancelInBatches(database: Database, beforeEventId: number, now: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const cancelled = await cancelExpiredDeliveries(database, { beforeEventId, now, limit: CANCEL_BATCH });
    total += cancelled;
    if (cancelled < CANCEL_BATCH) return total;
  }
}

/**
 * The parent is locked before the partition, in the order in which every query takes them. With the table to itself it
 * cancels once more: a resend may have put a delivery back since. `gone`: another node has dropped it.
 */
async function dropPartition(
  database: Database,
  { table, name, toId }: DayPartition,
  now: Date,
): Promise<"gone" | "in_use" | { readonly cancelledDeliveries: number }> {
  try {
    return await database.transaction(async (transaction) => {
      await lockPartitions(transaction);
      const stillThere = (await listDayPartitions(transaction)).some((partition) => partition.name === name);
      if (!stillThere) return "gone";

      await transaction.script(`set local lock_timeout = ${LOCK_TIMEOUT_MS};
set local statement_timeout = ${EXCLUSIVE_TIMEOUT_MS};
lock table only ${table} in access exclusive mode;
lock table ${name} in access exclusive mode;`);
      const cancelledDeliveries =
        table === "events" ? await cancelExpiredDeliveries(transaction, { beforeEventId: toId, now, limit: null }) : 0;
      if (table === "attempts") await deleteAttemptCounts(transaction, { before: toId });
      await transaction.script(`drop table ${name}`);
      return { cancelledDeliveries };
    });
  } catch (error) {
    if (error instanceof DatabaseError && GIVES_WAY.has(error.code)) return "in_use";
    throw error;
  }
}
