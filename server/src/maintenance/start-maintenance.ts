/** Everything that recurs, with how often and why so. Each task has a runOnce of its own; this only starts the loops. */
import { expireOverlaps } from "../db/queries/expire-overlaps.ts";
import { sweepClosedEndpoints } from "../core/endpoints/sweep-closed-endpoints.ts";
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { advanceIds } from "../db/queries/advance-ids.ts";
import { deleteEndedDeviceLogins } from "../db/queries/delete-ended-device-logins.ts";
import { deleteEndedKeys } from "../db/queries/delete-ended-keys.ts";
import { deleteEndedRecoveries } from "../db/queries/delete-ended-recoveries.ts";
import { deleteSetAside } from "../db/queries/delete-set-aside.ts";
import { deleteEndedSessions } from "../db/queries/delete-ended-sessions.ts";
import { mendLanes } from "../db/queries/mend-lanes.ts";
import { rescueLeases } from "../db/queries/rescue-leases.ts";
import { type DroppedPartitions, dropPartitions } from "./drop-partitions.ts";
import { logAuditHeads, type LoggedAuditHeads } from "./log-audit-heads.ts";
import { DAY_MS } from "./day-partitions.ts";
import { easeOff } from "./ease-off.ts";
import { makePartitions } from "./make-partitions.ts";
import { type RecurringTask, runEvery } from "./run-every.ts";
import { type RanRecoveries, runRecoveries } from "./run-recoveries.ts";
import { tendEmbedded } from "./tend-embedded.ts";

export interface MaintenanceSettings {
  readonly database: Database;
  readonly clock: Clock;
  readonly retention: { readonly eventDays: number; readonly attemptDays: number };
  readonly silenceMs: number;
  readonly random: () => number;
  /** One heartbeat of this node. */
  readonly heartbeat: { readonly intervalMs: number; readonly runOnce: () => Promise<unknown> };
  /** Whether this node may declare others dead. */
  readonly mayJudge: () => boolean;
  /** Writes when secret versions last signed on this node. */
  readonly writeSecretUses: () => Promise<unknown>;
  /** Stores what products committed in their own transactions; resolves to how many events. */
  readonly takeFromInbox: () => Promise<number>;
  /** Deliveries came back to their lanes. */
  readonly onWaiting: () => void;
  readonly observe: MaintenanceObserver;
  readonly onError: (error: unknown, doing: string) => void;
}

/** What is told of what was found and done; nothing is told of a run that found nothing. */
export interface MaintenanceObserver {
  readonly rescued?: ((facts: { readonly nodes: number; readonly deliveries: number }) => void) | undefined;
  readonly recovered?: ((facts: RanRecoveries) => void) | undefined;
  /** Lanes that no turn was coming for: a bug of whoever wrote them. */
  readonly mended?: ((facts: { readonly lanes: number }) => void) | undefined;
  readonly partitionsMade?: ((names: readonly string[]) => void) | undefined;
  readonly partitionsDropped?: ((facts: DroppedPartitions) => void) | undefined;
  /** Told in lines of some heads each. */
  readonly auditHeads?: ((facts: LoggedAuditHeads) => void) | undefined;
}

const SECOND_MS = 1_000;
const RECOVERY_STEP_MS = 250;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** What a committed event waits at most before a node takes it, where none is busy; a second where the inbox is not used. */
const INBOX_MS = 200;
/** It was used within about ten minutes. */
const INBOX_QUIET_RUNS = (10 * MINUTE_MS) / INBOX_MS;
/** Rows that one statement of a sweep touches: a few tens of milliseconds. */
const SWEEP_ROWS = 5_000;
/** A lane is late only when its delivery has been due for longer than any claim takes. */
const LATE_MS = 5 * SECOND_MS;

export function startMaintenance(settings: MaintenanceSettings): AsyncDisposable {
  const running = tasks(settings).map((task) =>
    runEvery(task, { random: settings.random, onError: (error, name) => settings.onError(error, name) }),
  );
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((task) => task[Symbol.asyncDispose]()));
    },
  };
}

function tasks(settings: MaintenanceSettings): RecurringTask[] {
  const { database, clock } = settings;
  return [
    { name: "heartbeat", ...settings.heartbeat },
    // A silent node's deliveries are late enough by its silence.
    { name: "rescue leases", intervalMs: SECOND_MS, runOnce: () => rescueSilent(settings) },
    recoveryTask(settings),
    ...inboxTasks(settings),
    // Ids follow the clock closely enough to be read as times.
    { name: "advance ids", intervalMs: 5 * SECOND_MS, runOnce: () => advanceIds(database, { nowMs: clock.nowMs() }) },
    { name: "sweep closed endpoints", intervalMs: 5 * SECOND_MS, runOnce: () => sweep(settings) },
    {
      name: "expire overlaps",
      intervalMs: 5 * SECOND_MS,
      runOnce: () => expireOverlaps(database, { now: clock.now(), limit: SWEEP_ROWS }),
    },
    { name: "mend lanes", intervalMs: 10 * SECOND_MS, runOnce: () => mend(settings) },
    { name: "tend the embedded database", intervalMs: 5 * SECOND_MS, runOnce: () => tendEmbedded({ database }) },
    {
      name: "delete ended keys",
      intervalMs: MINUTE_MS,
      runOnce: () => deleteKeys(settings),
    },
    { name: "write the last use of secrets", intervalMs: MINUTE_MS, runOnce: settings.writeSecretUses },
    {
      name: "delete ended sessions",
      intervalMs: MINUTE_MS,
      runOnce: () => deleteEndedSessions(database, { now: clock.now(), limit: SWEEP_ROWS }),
    },
    {
      name: "delete ended device logins",
      intervalMs: MINUTE_MS,
      runOnce: () => deleteDeviceLogins(settings),
    },
    {
      name: "delete ended recoveries",
      intervalMs: HOUR_MS,
      runOnce: () =>
        deleteEndedRecoveries(database, {
          endedBy: new Date(clock.nowMs() - settings.retention.eventDays * DAY_MS),
          limit: SWEEP_ROWS,
        }),
    },
    { name: "log audit heads", intervalMs: HOUR_MS, runOnce: () => tellAuditHeads(settings) },
    { name: "delete what was set aside", intervalMs: HOUR_MS, runOnce: () => deleteAside(settings) },
    { name: "make partitions", intervalMs: HOUR_MS, runOnce: () => make(settings) },
    { name: "drop partitions", intervalMs: HOUR_MS, runOnce: () => drop(settings) },
  ];
}

/**
 * By a look every so often and not by NOTIFY in the product's transaction: committing that takes a lock of the whole
 * server, so that all products that publish would commit one after the other. An empty inbox costs one index look-up,
 * which five times a second is a third of all that an idle server does: where nobody publishes that way, once is enough.
 * Nobody but its own process reaches an embedded database.
 */
function inboxTasks({ database, takeFromInbox }: MaintenanceSettings): RecurringTask[] {
  if (database.kind === "embedded") return [];
  return [
    easeOff({
      name: "take from the inbox",
      runOnce: takeFromInbox,
      oftenMs: INBOX_MS,
      seldomMs: SECOND_MS,
      quietRuns: INBOX_QUIET_RUNS,
    }),
  ];
}

async function rescueSilent(settings: MaintenanceSettings): Promise<void> {
  const { database, clock, silenceMs, onWaiting, observe } = settings;
  if (!settings.mayJudge()) return;
  const now = clock.now();
  const rescued = await rescueLeases(database, { now, silentBefore: new Date(now.getTime() - silenceMs) });
  if (rescued.nodes > 0) observe.rescued?.(rescued);
  if (rescued.deliveries > 0) onWaiting();
}

/** Often while any runs, so that its rate is spread over the second; a look a second while none does. */
function recoveryTask(settings: MaintenanceSettings): RecurringTask {
  return easeOff({
    name: "run recoveries",
    runOnce: () => recover(settings),
    oftenMs: RECOVERY_STEP_MS,
    seldomMs: SECOND_MS,
    quietRuns: 1,
  });
}

async function recover({ database, clock, onWaiting, observe, onError }: MaintenanceSettings): Promise<number> {
  const onStepError = (error: unknown): void => onError(error, "a step of a recovery");
  const ran = await runRecoveries({ database, clock, onError: onStepError });
  if (ran.deliveries + ran.finishedIds.length > 0) observe.recovered?.(ran);
  if (ran.deliveries > 0) onWaiting();
  return ran.running;
}

async function sweep({ database, clock }: MaintenanceSettings): Promise<void> {
  while ((await sweepClosedEndpoints({ database, now: clock.now(), limit: SWEEP_ROWS })) === SWEEP_ROWS);
}

/** All of them: a publisher that names every event ends as many keys a minute as it publishes. */
async function deleteKeys({ database, clock }: MaintenanceSettings): Promise<void> {
  while ((await deleteEndedKeys(database, { now: clock.now(), limit: SWEEP_ROWS })) >= SWEEP_ROWS);
}

/** Until then a program that comes late learns why it gets nothing. */
async function deleteDeviceLogins({ database, clock }: MaintenanceSettings): Promise<void> {
  const endedBefore = new Date(clock.nowMs() - HOUR_MS);
  await deleteEndedDeviceLogins(database, { endedBefore, limit: SWEEP_ROWS });
}

async function mend({ database, clock, onWaiting, observe }: MaintenanceSettings): Promise<void> {
  const now = clock.now();
  const lanes = await mendLanes(database, { now, dueBefore: new Date(now.getTime() - LATE_MS) });
  if (lanes === 0) return;
  observe.mended?.({ lanes });
  onWaiting();
}

async function deleteAside({ database, clock, retention }: MaintenanceSettings): Promise<void> {
  const before = new Date(clock.nowMs() - retention.eventDays * DAY_MS);
  while ((await deleteSetAside(database, { before, limit: SWEEP_ROWS })) === SWEEP_ROWS);
}

async function make({ database, clock, observe }: MaintenanceSettings): Promise<void> {
  const made = await makePartitions({ database, clock });
  if (made.length > 0) observe.partitionsMade?.(made);
}

async function drop({ database, clock, retention, observe }: MaintenanceSettings): Promise<void> {
  const dropped = await dropPartitions({ database, clock, retention });
  if (dropped.dropped.length + dropped.postponed.length > 0) observe.partitionsDropped?.(dropped);
}

async function tellAuditHeads({ database, observe }: MaintenanceSettings): Promise<void> {
  await logAuditHeads({ database, note: (facts) => observe.auditHeads?.(facts) });
}
