/**
 * The log's part of watching: what an operator should know at info, and at debug one line for each step of each
 * delivery, so that an event can be followed by its id. A line names ids, outcomes and times; never a body, a header,
 * a URL or a secret. Below debug the steps are not listened to, so they cost nothing.
 */
import type { Logger } from "pino";

import { toNumberId, toUuidId } from "../core/ids/public-id.ts";
import type { StoreCommit } from "../pipeline/engine-observer.ts";
import type { HeldDelivery } from "../pipeline/held-delivery.ts";
import type { FinishedAttempt } from "../pipeline/record/finished-attempt.ts";
import type { AnsweredPublish } from "../pipeline/publish/answered-publish.ts";
import type { Watcher } from "./watcher.ts";

export function logPipeline(log: Logger): Watcher {
  return { ...logNews(log), ...(log.isLevelEnabled("debug") ? logSteps(log) : {}) };
}

function logNews(log: Logger): Watcher {
  return {
    rescued: (facts) => log.info(facts, "rescued the leases of silent nodes"),
    mended: (facts) => log.warn(facts, "mended lanes that no turn was coming for"),
    recovered({ finishedIds }) {
      for (const id of finishedIds) log.info({ recoveryId: toUuidId("rec", id) }, "finished a recovery");
    },
    partitionsMade: (partitions) => log.info({ partitions }, "made partitions"),
    partitionsDropped: (facts) => log.info(facts, "dropped partitions past their retention"),
    setAside(rows) {
      for (const { id, tenantId, problem, detail } of rows) {
        const facts = { eventId: toNumberId("evt", id), tenantId: toUuidId("ten", tenantId), problem, detail };
        log.warn(facts, "set aside an event of the inbox that cannot be stored");
      }
    },
    auditHeads: (facts) => log.info(facts, "audit heads, to be kept for posthorn audit verify --expect"),
    endpointJudged({ endpointId, tenantId, verdict, reason, failingSince, failedDeliveries }) {
      const facts = {
        endpointId: toUuidId("ep", endpointId),
        tenantId: toUuidId("ten", tenantId),
        reason,
        failingSince,
        failedDeliveries,
      };
      log.info(facts, verdict === "failing" ? "warned of a failing endpoint" : `${verdict} an endpoint`);
    },
  };
}

function logSteps(log: Logger): Watcher {
  return {
    answered: (answered) => logAnswer(log, answered),
    stored: (commit) => logStored(log, commit),
    leased(held, by) {
      for (const delivery of held) log.debug({ ...idsOf(delivery), run: delivery.run, by }, "leased");
    },
    attempted: (finished) => logAttempt(log, finished),
    recorded({ batch, rows }) {
      const attemptIds = new Map(rows.map(({ no, attempt_id }) => [no, attempt_id]));
      batch.forEach((finished, index) => logRecord(log, finished, attemptIds.get(index + 1)));
    },
  };
}

function logAnswer(log: Logger, { requestId, status, code, published, ms }: AnsweredPublish): void {
  if (published === null) {
    log.debug({ requestId, status, code, ms: round(ms) }, "refused a publish");
    return;
  }
  for (const { id, deliveries } of published.events) {
    const facts = { requestId, eventId: toNumberId("evt", id), deliveries, status, ms: round(ms) };
    log.debug(facts, published.repeated ? "answered a publish again" : "answered a publish");
  }
}

function logStored(log: Logger, { requests, rows }: StoreCommit): void {
  const events = requests.flatMap((request) => request.events.map(({ type }) => ({ request, type })));
  for (const row of rows) {
    const event = row.kind === "event" ? events[row.no - 1] : undefined;
    if (row.kind !== "event" || event === undefined) continue;
    const facts = {
      eventId: toNumberId("evt", row.id),
      tenantId: toUuidId("ten", event.request.tenantId),
      type: event.type,
      source: event.request.source,
      deliveries: row.deliveries,
      waiting: row.waiting,
    };
    log.debug(facts, "stored");
  }
}

function logAttempt(
  log: Logger,
  { delivery, attempt, attempts, deferrals, heldClass, health, next }: FinishedAttempt,
): void {
  const ids = idsOf(delivery);
  const nextAt = next.state === "pending" ? next.dueAt : null;
  if (attempt === null) {
    log.debug({ ...ids, run: delivery.run, class: heldClass, nextAt }, "made no request");
    return;
  }
  const facts = {
    ...ids,
    run: delivery.run,
    number: attempts + deferrals,
    outcome: attempt.outcome,
    class: attempt.class,
    status: attempt.answer?.status ?? null,
    ms: health.endedAt.getTime() - attempt.startedAt.getTime(),
    decision: attempt.decision,
    nextAt,
  };
  log.debug(facts, "attempted");
}

/** `attemptId` is undefined where the lease was lost meanwhile. */
function logRecord(
  log: Logger,
  { delivery, next, attempts }: FinishedAttempt,
  attemptId: number | null | undefined,
): void {
  const facts = { ...idsOf(delivery), run: delivery.run, attempts };
  if (attemptId === undefined) log.debug(facts, "not recorded: the lease was lost");
  else if (next.state !== "pending") log.debug({ ...facts, state: next.state }, "finished");
}

function idsOf({ eventId, deliveryId, endpointId }: HeldDelivery): Record<string, string> {
  return {
    eventId: toNumberId("evt", eventId),
    deliveryId: toNumberId("dlv", deliveryId),
    endpointId: toUuidId("ep", endpointId),
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
