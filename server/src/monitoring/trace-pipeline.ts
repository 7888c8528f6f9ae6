/**
 * The way of an event as spans of one trace: the publisher's, or a new one. The publish is a span of its own; the
 * others are made when their step is over, from what the engine tells its watchers anyway, so that the hot path knows
 * nothing of them. All are children of the publish:
 *
 *   publish ─┬─ store    the commit, shared by many
 *            ├─ claim    where the delivery had waited
 *            ├─ deliver  each attempt
 *            └─ record   the commit, shared by many
 */
import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";

import { toNumberId, toUuidId } from "../core/ids/public-id.ts";
import type { RecordCommit, StoreCommit } from "../pipeline/engine-observer.ts";
import type { HeldDelivery } from "../pipeline/held-delivery.ts";
import type { PublishTraces } from "../pipeline/publish/publish-traces.ts";
import type { FinishedAttempt } from "../pipeline/record/finished-attempt.ts";
import { fromTraceparent, toTraceparent } from "./traceparent.ts";
import type { Watcher } from "./watcher.ts";

export interface TracedPipeline {
  readonly watcher: Watcher;
  readonly publishes: PublishTraces;
}

/** `nowMs`: of the clock that attempts are timed by. */
export function tracePipeline(tracer: Tracer, nowMs: () => number): TracedPipeline {
  const begin = (name: string, parent: string | null | undefined, startMs: number, kind = SpanKind.INTERNAL): Span =>
    tracer.startSpan(`posthorn.${name}`, { kind, startTime: startMs }, fromTraceparent(parent));
  /** A step that is over, and took so long. */
  const note = (name: string, parent: string | null | undefined, ms: number, attributes: Attributes): void => {
    if (parent === null || parent === undefined) return;
    const endMs = nowMs();
    begin(name, parent, endMs - ms)
      .setAttributes(attributes)
      .end(endMs);
  };
  return {
    publishes: {
      begin(parent) {
        const span = begin("publish", parent, nowMs(), SpanKind.SERVER);
        return {
          traceparent: toTraceparent(span.spanContext()),
          end(status) {
            if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
            span.setAttribute("http.response.status_code", status).end(nowMs());
          },
        };
      },
    },
    watcher: {
      stored: (commit) => noteStored(note, commit),
      leased(held, by, ms) {
        if (by === "store") return;
        for (const one of held) note("claim", one.traceparent, ms ?? 0, attributesOf(one));
      },
      attempted: (finished) => traceAttempt(begin, finished),
      recorded: (commit) => noteRecorded(note, commit),
    },
  };
}

type Note = (name: string, parent: string | null | undefined, ms: number, attributes: Attributes) => void;

function noteStored(note: Note, { requests, rows, ms }: StoreCommit): void {
  const events = requests.flatMap((request) => request.events.map(({ type }) => ({ request, type })));
  for (const row of rows) {
    const event = row.kind === "event" ? events[row.no - 1] : undefined;
    if (row.kind !== "event" || event === undefined) continue;
    note("store", event.request.traceparent, ms ?? 0, {
      "posthorn.event.id": toNumberId("evt", row.id),
      "posthorn.event.type": event.type,
      "posthorn.tenant.id": toUuidId("ten", event.request.tenantId),
      "posthorn.deliveries": row.deliveries,
      "posthorn.deliveries.waiting": row.waiting,
      "posthorn.batch.events": events.length,
    });
  }
}

function traceAttempt(
  begin: (name: string, parent: string | null | undefined, startMs: number, kind: SpanKind) => Span,
  { delivery, attempt, attempts, deferrals, health }: FinishedAttempt,
): void {
  if (attempt === null || delivery.traceparent === null || delivery.traceparent === undefined) return;
  const span = begin("deliver", delivery.traceparent, attempt.startedAt.getTime(), SpanKind.CLIENT);
  span.setAttributes({
    ...attributesOf(delivery),
    "posthorn.run": delivery.run,
    "posthorn.attempt": attempts + deferrals,
    "posthorn.outcome": attempt.outcome,
    "posthorn.decision": attempt.decision,
    ...(attempt.class === null ? {} : { "error.type": attempt.class }),
    ...(attempt.answer === null ? {} : { "http.response.status_code": attempt.answer.status }),
  });
  if (attempt.class !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: attempt.class });
  span.end(health.endedAt);
}

function noteRecorded(note: Note, { batch, rows, ms }: RecordCommit): void {
  const recorded = new Set(rows.map(({ no }) => no));
  batch.forEach(({ delivery, next }, index) => {
    const isRecorded = recorded.has(index + 1);
    note("record", delivery.traceparent, ms, {
      ...attributesOf(delivery),
      "posthorn.state": isRecorded ? next.state : "lease_lost",
      "posthorn.batch.attempts": batch.length,
    });
  });
}

function attributesOf({ eventId, deliveryId, endpointId, tenantId }: HeldDelivery): Attributes {
  return {
    "posthorn.event.id": toNumberId("evt", eventId),
    "posthorn.delivery.id": toNumberId("dlv", deliveryId),
    "posthorn.endpoint.id": toUuidId("ep", endpointId),
    "posthorn.tenant.id": toUuidId("ten", tenantId),
  };
}
