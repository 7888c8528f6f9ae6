/**
 * Writes one batch of finished attempts in one commit. A batch of successes is one statement. Where something failed,
 * the same transaction also weighs the health of its endpoints, stops those that have failed for too long or are gone,
 * and stores the operational events that say so: they are committed with what caused them, or not at all.
 */
import { againAfterDeadlock } from "../../db/again-after-deadlock.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { type RecordedRow, recordAttempts } from "../../db/queries/record-attempts.ts";
import { stopEndpoint } from "../../db/queries/stop-endpoint.ts";
import { storeEvents } from "../../db/queries/store-events.ts";
import type { StoreRow } from "../../db/queries/store-rows.ts";
import { type HealthRow, lockHealth, writeHealth } from "../../db/queries/write-health.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";
import type { EndpointJudgement, EngineObserver } from "../engine-observer.ts";
import { collectHealthFacts, countsForHealth } from "../retry/collect-health-facts.ts";
import { decideHealth, type EndpointHealth, type HealthEffect } from "../retry/decide-health.ts";
import { buildStoreBatch } from "../store/build-store-batch.ts";
import type { StoreRequest } from "../store/store-request.ts";
import { buildRecordBatch } from "./build-record-batch.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { exhaustedEvents, failingEvent, stoppedEvent } from "./operational-events.ts";

export interface RecordSettings {
  readonly database: Database;
  readonly now: Date;
  readonly eventIdDays: number;
  readonly defaultMaxInFlight: number;
  /** Operational events were stored and wait in their lanes. */
  readonly onWaiting: () => void;
  readonly observe?: EngineObserver | undefined;
}

/** Where nothing is leased, it does not matter who holds what. */
const NOBODY = { endpointIds: [], rooms: [] };

export async function writeRecord(
  settings: RecordSettings,
  finished: readonly FinishedAttempt[],
): Promise<RecordedRow[]> {
  const { database, now } = settings;
  const troubled = new Set(finished.filter(isTrouble).map((entry) => entry.delivery.endpointId));
  const recoveredEndpointIds = [
    ...new Set(
      finished
        .filter((entry) => !troubled.has(entry.delivery.endpointId) && countsForHealth(entry.health))
        .map((entry) => entry.delivery.endpointId),
    ),
  ].sort();
  const batch = buildRecordBatch(finished, { now, recoveredEndpointIds });
  if (troubled.size === 0) return againAfterDeadlock(() => recordAttempts(database, batch));

  const written = await againAfterDeadlock(() =>
    database.transaction(async (transaction) => {
      const rows = await recordAttempts(transaction, batch);
      const recorded = rows.flatMap(({ no, attempt_id: attemptId }) => {
        const entry = finished[no - 1];
        return entry === undefined ? [] : [{ entry, attemptId }];
      });
      const { events, judgements } = await weighHealth(transaction, settings, recorded, troubled);
      const storedRows =
        events.length === 0
          ? []
          : await storeEvents(
              transaction,
              buildStoreBatch(events, { ...settings, lease: 0, nodeRoom: 0, capShare: WHOLE_CAP, crowded: NOBODY }),
            );
      return { rows, events, storedRows, judgements };
    }),
  );
  if (written.events.length > 0) settings.onWaiting();
  tell(settings.observe, written);
  return written.rows;
}

function isTrouble(entry: FinishedAttempt): boolean {
  return entry.next.state === "exhausted" || entry.disable !== null || entry.health.class !== null;
}

function tell(
  observe: EngineObserver | undefined,
  written: {
    readonly events: readonly StoreRequest[];
    readonly storedRows: readonly StoreRow[];
    readonly judgements: readonly EndpointJudgement[];
  },
): void {
  const { events, storedRows, judgements } = written;
  if (events.length > 0) observe?.stored?.({ requests: events, rows: storedRows, ms: null });
  for (const judgement of judgements) observe?.endpointJudged?.(judgement);
}

/** Resolves to the operational events that are due, and to what they say of endpoints. */
async function weighHealth(
  transaction: Queryable,
  settings: RecordSettings,
  recorded: readonly { readonly entry: FinishedAttempt; readonly attemptId: number | null }[],
  troubled: ReadonlySet<string>,
): Promise<{ readonly events: StoreRequest[]; readonly judgements: EndpointJudgement[] }> {
  const rows = await lockHealth(transaction, [...troubled].sort());
  const byEndpoint = Map.groupBy(recorded, ({ entry }) => entry.delivery.endpointId);
  const events: StoreRequest[] = [];
  const judgements: EndpointJudgement[] = [];
  const changes: { row: HealthRow; after: EndpointHealth }[] = [];
  for (const row of rows) {
    const its = byEndpoint.get(row.endpoint_id) ?? [];
    const entries = its.map(({ entry }) => entry);
    const { after, effect } = weigh(row, entries, settings.now);
    changes.push({ row, after });
    events.push(...its.flatMap(({ entry, attemptId }) => exhaustedEvents(row, entry, attemptId)));
    if (effect === "warn") {
      events.push(failingEvent(row, after));
      judgements.push(toJudgement(row, { status: "failing", reason: "failing" }, after));
    }
    const stop = await stopWhereDue(transaction, { row, entries, effect, now: settings.now });
    if (stop !== null) {
      events.push(stoppedEvent(row, { ...stop, after }));
      judgements.push(toJudgement(row, stop, after));
    }
  }
  if (changes.length > 0) await writeHealth(transaction, changes.map(toUpdate));
  return { events, judgements };
}

function weigh(
  row: HealthRow,
  entries: readonly FinishedAttempt[],
  now: Date,
): { after: EndpointHealth; effect: HealthEffect | null } {
  const before: EndpointHealth = {
    failingSince: row.failing_since,
    consecutiveFailures: row.consecutive_failures,
    failedDeliveries: row.failed_deliveries,
    warnedAt: row.warned_at,
    lastSuccessAt: row.last_success_at,
    lastFailureAt: row.last_failure_at,
  };
  const facts = collectHealthFacts(entries.map((entry) => entry.health));
  const rule = findProfile(row.profile)?.health;
  if (facts === null || rule === undefined) return { after: before, effect: null };
  return decideHealth({ before, facts, rule, status: row.status, now });
}

async function stopWhereDue(
  transaction: Queryable,
  input: {
    readonly row: HealthRow;
    readonly entries: readonly FinishedAttempt[];
    readonly effect: HealthEffect | null;
    readonly now: Date;
  },
): Promise<{ readonly status: "paused" | "disabled"; readonly reason: "failing" | "gone" } | null> {
  const { row, effect, now } = input;
  const gone = input.entries.some((entry) => entry.disable === "gone");
  const status = gone || effect === "disable" ? "disabled" : effect === "pause" ? "paused" : null;
  if (status === null) return null;
  const reason = gone ? "gone" : "failing";
  const stopped = await stopEndpoint(transaction, { endpointId: row.endpoint_id, status, reason, now });
  return stopped ? { status, reason } : null;
}

function toJudgement(
  row: HealthRow,
  { status, reason }: { readonly status: EndpointJudgement["verdict"]; readonly reason: EndpointJudgement["reason"] },
  after: EndpointHealth,
): EndpointJudgement {
  return {
    endpointId: row.endpoint_id,
    tenantId: row.tenant_id,
    verdict: status,
    reason,
    failingSince: after.failingSince,
    failedDeliveries: after.failedDeliveries,
  };
}

function toUpdate({ row, after }: { row: HealthRow; after: EndpointHealth }) {
  return {
    endpoint_id: row.endpoint_id,
    failing_since: after.failingSince,
    consecutive_failures: after.consecutiveFailures,
    failed_deliveries: after.failedDeliveries,
    warned_at: after.warnedAt,
    last_success_at: after.lastSuccessAt,
    last_failure_at: after.lastFailureAt,
  };
}
