/**
 * The counters and histograms of the way of an event, at well under a microsecond an event. Labels take values of
 * closed lists: never a tenant, an endpoint or a URL, which would make as many series as there are customers.
 */
import { Counter, Histogram, Registry } from "@prometheus-io/client";

import type { FinishedAttempt } from "../pipeline/record/finished-attempt.ts";
import type { RecordCommit, StoreCommit } from "../pipeline/engine-observer.ts";
import type { Watcher } from "./watcher.ts";

/** Seconds. A commit takes a few milliseconds, a publish waits for one or two of them. */
const COMMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds; an attempt ends after 60 at the latest. */
const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];
const BATCH_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500];
/** Stands for the class of what was accepted. */
const NO_CLASS = "none";

export interface PipelineCounts {
  /** Nothing else of the process counts in it. */
  readonly registry: Registry;
  readonly watcher: Watcher;
}

export function countPipeline(): PipelineCounts {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const counterBy = (name: string, help: string, labelNames: readonly string[]) =>
    createTally(registry, { name, help, labelNames });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });

  const publishes = counterBy("posthorn_publishes_total", "Publish requests by the status they were answered with.", [
    "status",
  ]);
  const publishSeconds = histogram(
    "posthorn_publish_duration_seconds",
    "From the headers of a publish to its answer.",
    COMMIT_BUCKETS,
  );
  const events = counterBy("posthorn_events_stored_total", "Events stored, by what made them.", ["source"]);
  const deliveries = counter("posthorn_deliveries_stored_total", "Deliveries stored with their events.");
  const storeSeconds = histogram("posthorn_store_commit_duration_seconds", "One commit of publishes.", COMMIT_BUCKETS);
  const storeBatch = histogram("posthorn_store_batch_events", "Events in one commit of publishes.", BATCH_BUCKETS);
  const leased = counterBy(
    "posthorn_deliveries_leased_total",
    "Deliveries leased to this node: in the commit that stored them, or by a claim.",
    ["by"],
  );
  const firstDelay = histogram(
    "posthorn_first_attempt_delay_seconds",
    "From the commit of an event to the first request of each of its deliveries.",
    ATTEMPT_BUCKETS,
  );
  const attempts = counterBy("posthorn_attempts_total", "Requests made, by outcome and error class.", [
    "outcome",
    "class",
  ]);
  const attemptSeconds = histogram(
    "posthorn_attempt_duration_seconds",
    "From the start of a request to what was decided on its answer.",
    ATTEMPT_BUCKETS,
  );
  const heldBack = counterBy(
    "posthorn_deliveries_held_back_total",
    "Leased deliveries for which no request was made, by the class that explains it.",
    ["class"],
  );
  const recordSeconds = histogram(
    "posthorn_record_commit_duration_seconds",
    "One commit of finished attempts.",
    COMMIT_BUCKETS,
  );
  const recordBatch = histogram("posthorn_record_batch_attempts", "Finished attempts in one commit.", BATCH_BUCKETS);
  const finished = counterBy("posthorn_deliveries_finished_total", "Deliveries that ended, by state.", ["state"]);
  const fenced = counter("posthorn_records_fenced_total", "Attempts not recorded, since their lease was lost.");
  const judged = counterBy("posthorn_endpoints_judged_total", "Endpoints that Posthorn warned of or stopped.", [
    "verdict",
  ]);
  const rescued = counter("posthorn_leases_rescued_total", "Leases that this node took from silent nodes.");
  const recovered = counter("posthorn_deliveries_recovered_total", "Deliveries that recoveries resent from this node.");
  const mended = counter("posthorn_lanes_mended_total", "Lanes that no turn was coming for. Anything but 0 is a bug.");

  const watcher: Watcher = {
    answered({ status, ms }) {
      publishes(1, String(status));
      publishSeconds.observe(ms / 1000);
    },
    stored({ requests, rows, ms }) {
      const stored = countStored({ requests, rows });
      for (const [source, count] of stored.bySource) events(count, source);
      if (stored.deliveries > 0) deliveries.inc(stored.deliveries);
      if (ms === null) return;
      storeSeconds.observe(ms / 1000);
      storeBatch.observe(stored.events);
    },
    leased: (held, by) => leased(held.length, by),
    attempted(one) {
      const { attempt, delivery } = one;
      if (attempt === null) {
        heldBack(1, one.heldClass ?? NO_CLASS);
        return;
      }
      attempts(1, attempt.outcome, attempt.class ?? NO_CLASS);
      attemptSeconds.observe(secondsBetween(attempt.startedAt, one.health.endedAt));
      if (isFirst(one)) firstDelay.observe(secondsBetween(delivery.eventCreatedAt, attempt.startedAt));
    },
    recorded({ batch, rows, ms }) {
      recordSeconds.observe(ms / 1000);
      recordBatch.observe(batch.length);
      if (rows.length < batch.length) fenced.inc(batch.length - rows.length);
      for (const [state, count] of countFinished({ batch, rows })) finished(count, state);
    },
    endpointJudged: ({ verdict }) => judged(1, verdict),
    rescued: (facts) => rescued.inc(facts.deliveries),
    recovered: (facts) => recovered.inc(facts.deliveries),
    mended: ({ lanes }) => mended.inc(lanes),
  };
  return { registry, watcher };
}

/** Counted in a plain number; the client is told when somebody asks, since its own `inc` costs twenty times as much. */
interface Series {
  readonly values: readonly string[];
  pending: number;
}

/** A counter whose series are made at their first use. */
function createTally(
  registry: Registry,
  { name, help, labelNames }: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
): (by: number, ...values: string[]) => void {
  const known = new Map<string, Series>();
  const counter: Counter = new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const series of known.values()) {
        counter.labels(...series.values).inc(series.pending);
        series.pending = 0;
      }
    },
  });
  return (by, ...values) => {
    const key = values.length === 1 ? (values[0] ?? "") : values.join(" ");
    const found = known.get(key);
    if (found === undefined) known.set(key, { values, pending: by });
    else found.pending += by;
  };
}

function countStored({ requests, rows }: Pick<StoreCommit, "requests" | "rows">): {
  readonly bySource: ReadonlyMap<string, number>;
  readonly events: number;
  readonly deliveries: number;
} {
  const sources = requests.flatMap((request) => request.events.map(() => request.source));
  const bySource = new Map<string, number>();
  let events = 0;
  let deliveries = 0;
  for (const row of rows) {
    if (row.kind !== "event") continue;
    const source = sources[row.no - 1] ?? "publish";
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
    events += 1;
    deliveries += row.deliveries;
  }
  return { bySource, events, deliveries };
}

function countFinished({ batch, rows }: Pick<RecordCommit, "batch" | "rows">): ReadonlyMap<string, number> {
  const states = new Map<string, number>();
  for (const { no } of rows) {
    const state = batch[no - 1]?.next.state;
    if (state !== undefined && state !== "pending") states.set(state, (states.get(state) ?? 0) + 1);
  }
  return states;
}

function isFirst({ delivery }: FinishedAttempt): boolean {
  return delivery.run === 1 && delivery.attempts === 0 && delivery.deferrals === 0;
}

/** Never negative: the clock may be set right between the two. */
function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1000;
}
