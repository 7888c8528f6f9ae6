/**
 * Takes the next steps of the recoveries that run. Every node does, some times a second; a recovery is in the hands of one
 * at a time, and its rate stands in its row, so that many nodes resend no more than one.
 */
import { advanceRecovery } from "../core/recoveries/advance-recovery.ts";
import { againAfterDeadlock } from "../db/again-after-deadlock.ts";
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { listRunningRecoveries } from "../db/queries/list-running-recoveries.ts";

export interface RanRecoveries {
  /** Recoveries that were running. */
  readonly running: number;
  /** Deliveries that began a new run. */
  readonly deliveries: number;
  /** Recoveries that are done. */
  readonly finishedIds: readonly string[];
}

/** More wait for the next run: those that waited longest come first. */
const RECOVERIES_A_RUN = 100;
/** The same for those that are not reached in this time. A server that stops waits for the run. */
const RUN_MS = 1_000;
/** A recovery that finds little to resend in much that succeeded may look on, but others come too. */
const STEPS_A_RUN = 10;

/** A recovery whose step fails holds up none of the others; `onError` is told. */
export async function runRecoveries(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): Promise<RanRecoveries> {
  const { database, clock, onError } = options;
  const endsAtMs = clock.nowMs() + RUN_MS;
  let deliveries = 0;
  const finishedIds: string[] = [];
  const running = await listRunningRecoveries(database, RECOVERIES_A_RUN);
  for (const recoveryId of running) {
    const without: string[] = [];
    for (let steps = 0; steps < STEPS_A_RUN && clock.nowMs() < endsAtMs; steps += 1) {
      const now = clock.now();
      const step = await againAfterDeadlock(() => advanceRecovery({ database, recoveryId, without, now })).catch(
        onError,
      );
      if (step === undefined) break;
      deliveries += step.recovered;
      if (step.finished) finishedIds.push(recoveryId);
      if (!step.goesOn) break;
      without.push(...step.settledIds);
    }
  }
  return { running: running.length, deliveries, finishedIds };
}
