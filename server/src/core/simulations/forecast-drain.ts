/**
 * Answers how long an endpoint's drain will take if its receiver is back now or at a time, and what is given up before:
 * the same sum as a simulation, over what really waits, the endpoint's settings and health, how fast it has answered,
 * how it fails and how much is published to it. What could not be seen is assumed, and said to be.
 */
import { groupWaiting } from "../../db/queries/group-waiting.ts";
import { listRecentOutcomes, type RecentOutcomeRow } from "../../db/queries/list-recent-outcomes.ts";
import { readEndpointPulse } from "../../db/queries/read-endpoint-pulse.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { type ErrorClass, errorClasses } from "../attempts/error-class.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { Forecast, Scenario, ScenarioFailure } from "./scenario.ts";
import { OUTAGE_SECONDS_MAX } from "./simulate-outage.ts";

export interface DrainForecast {
  readonly scenario: Scenario;
  readonly forecast: Forecast;
  /** What waits now; at least so many where more was there than is read. */
  readonly waiting: number;
  readonly waitingIsWhole: boolean;
  /** What was not seen in the newest attempts, and assumed. */
  readonly assumed: readonly ("answerMs" | "failure")[];
}

/** Rows of the queue that are read: a tenth of a second of work. */
const WAITING_READ_MAX = 100_000;
const DUE_BUCKETS = 200;
const ATTEMPTS_READ = 200;
const RECENT_MS = 3_600_000;
const ENDED_READ_MAX = 10_000;
const ASSUMED_ANSWER_MS = 200;
const ASSUMED_FAILURE = { status: 500, class: null, retryAfterSeconds: null, answerMs: null } as const;

/** Throws `scope_required`, `not_found`, `validation_failed` at `/backAt`, `endpoint_disabled`. */
export async function forecastDrain({
  context,
  actor,
  tenantId,
  endpointId,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "engine">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
  /** When the receiver is taken to be back: now, if left out. */
  readonly input: { readonly backAt?: Date | undefined };
}): Promise<DrainForecast> {
  requireScope(actor, tenantId, "deliveries:read");
  requireScope(actor, tenantId, "endpoints:read");
  const { database, clock, engine } = context;
  const now = clock.now();
  const outageMs = Math.max(0, (input.backAt ?? now).getTime() - now.getTime());
  refuseProblems(checkBackAt(outageMs));
  const endpoint = await selectEndpoint(database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  const { status } = endpoint;
  if (status === "disabled") {
    throw new CoreError("endpoint_disabled", "This endpoint is disabled: nothing of it waits, and nothing is made.");
  }

  const recentSince = new Date(now.getTime() - RECENT_MS);
  const waits = { endpointId, now, recentSince, limit: WAITING_READ_MAX, buckets: DUE_BUCKETS };
  const groups = await groupWaiting(database, waits);
  const pulse = await readEndpointPulse(database, { endpointId, since: recentSince, limit: ENDED_READ_MAX });
  const outcomes = await listRecentOutcomes(database, { endpointId, limit: ATTEMPTS_READ });
  const answerMs = medianMs(outcomes.filter((outcome) => outcome.class === null));
  const failure = readFailure(outcomes);
  const waiting = groups.reduce((sum, { count }) => sum + count, 0);
  // A full read says only from when on it is full.
  const sinceMs = pulse.ended < ENDED_READ_MAX ? RECENT_MS : now.getTime() - (pulse.since ?? recentSince).getTime();
  const made = pulse.ended + groups.reduce((sum, { recent }) => sum + recent, 0);

  const scenario: Scenario = {
    profile: endpoint.profile,
    retryWaits: endpoint.retry_waits,
    timeoutMs: endpoint.timeout_ms,
    rateLimitPerSecond: endpoint.rate_limit_per_second,
    maxInFlight: endpoint.max_in_flight,
    status,
    health: {
      failingSince: pulse.failing_since,
      consecutiveFailures: pulse.consecutive_failures,
      failedDeliveries: pulse.failed_deliveries,
      warnedAt: pulse.warned_at,
    },
    startsAt: now,
    outageMs,
    failure: failure ?? ASSUMED_FAILURE,
    answerMs: answerMs ?? ASSUMED_ANSWER_MS,
    eventsPerSecond: made / (Math.max(1000, sinceMs) / 1000),
    publishesAtStart: false,
    waiting: groups.map(({ count, due_at: dueAt, made_at: madeAt, attempts, deferrals }) => {
      return { count, dueAt, madeAt, attempts, deferrals };
    }),
  };
  return {
    scenario,
    forecast: engine.simulate(scenario),
    waiting,
    waitingIsWhole: waiting < WAITING_READ_MAX,
    assumed: [
      ...(answerMs === null ? (["answerMs"] as const) : []),
      ...(failure === null ? (["failure"] as const) : []),
    ],
  };
}

function checkBackAt(outageMs: number): Parameters<typeof refuseProblems>[0] {
  if (outageMs <= OUTAGE_SECONDS_MAX * 1000) return [];
  return [{ path: "/backAt", code: "out_of_bounds", message: "This is at most 30 days from now." }];
}

function medianMs(outcomes: readonly RecentOutcomeRow[]): number | null {
  const times = outcomes.flatMap(({ total_ms: ms }) => (ms === null ? [] : [ms])).toSorted((one, other) => one - other);
  return times[Math.floor(times.length / 2)] ?? null;
}

/** As the newest failure was, at the middle of the times that failures took. */
function readFailure(outcomes: readonly RecentOutcomeRow[]): ScenarioFailure | null {
  const failed = outcomes.filter((outcome) => outcome.class !== null && Object.hasOwn(errorClasses, outcome.class));
  const [newest] = failed;
  if (newest === undefined) return null;
  const asked = Number(newest.retry_after ?? Number.NaN);
  return {
    status: newest.status,
    class: newest.class as ErrorClass,
    retryAfterSeconds: Number.isInteger(asked) && asked >= 0 ? asked : null,
    answerMs: medianMs(failed),
  };
}
