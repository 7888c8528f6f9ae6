/**
 * Answers what an outage would do to an endpoint's deliveries: of an endpoint that there is, with what is given changed,
 * or of a profile alone. Reads one row at most, stores nothing and sends nothing.
 */
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { ErrorClass } from "../attempts/error-class.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";
import { type Forecast, type Scenario, UNTROUBLED } from "./scenario.ts";

export interface SimulateOutageInput {
  /** Its settings; what is given besides takes their place. */
  readonly endpointId?: string | undefined;
  readonly profile?: EndpointProfile | undefined;
  readonly retryWaits?: readonly number[] | null | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly rateLimitPerSecond?: number | null | undefined;
  readonly maxInFlight?: number | null | undefined;
  readonly outage: {
    /** Now, if left out. */
    readonly startsAt?: Date | undefined;
    readonly seconds: number;
    readonly status?: number | undefined;
    readonly class?: ErrorClass | undefined;
    readonly retryAfterSeconds?: number | undefined;
    readonly answerMs?: number | undefined;
  };
  readonly answerMs: number;
  readonly eventsPerSecond: number;
}

export const OUTAGE_SECONDS_MAX = 30 * 86_400;
export const EVENTS_PER_SECOND_MAX = 100_000;
export const ANSWER_MS_MAX = 60_000;

export interface SimulatedOutage {
  readonly scenario: Scenario;
  readonly forecast: Forecast;
}

/** Throws `scope_required`, `not_found`. */
export async function simulateOutage({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "engine">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: SimulateOutageInput;
}): Promise<SimulatedOutage> {
  requireScope(actor, tenantId, "deliveries:read");
  const { outage, answerMs, eventsPerSecond } = input;
  const settings = await chooseSettings(context, actor, { tenantId, input });
  const scenario: Scenario = {
    ...settings,
    status: "active",
    health: UNTROUBLED,
    startsAt: outage.startsAt ?? context.clock.now(),
    outageMs: outage.seconds * 1000,
    failure: {
      status: outage.class === undefined ? (outage.status ?? 500) : null,
      class: outage.class ?? null,
      retryAfterSeconds: outage.retryAfterSeconds ?? null,
      answerMs: outage.answerMs ?? null,
    },
    answerMs,
    eventsPerSecond,
    publishesAtStart: true,
    waiting: [],
  };
  return { scenario, forecast: context.engine.simulate(scenario) };
}

type Settings = Pick<Scenario, "profile" | "retryWaits" | "timeoutMs" | "rateLimitPerSecond" | "maxInFlight">;

/** What is given goes before what the endpoint has; null is given too, and means the default. */
async function chooseSettings(
  { database }: Pick<CoreContext, "database">,
  actor: Actor,
  { tenantId, input }: { readonly tenantId: string; readonly input: SimulateOutageInput },
): Promise<Settings> {
  const { endpointId, profile = "standard" } = input;
  if (endpointId === undefined) {
    const { retryWaits = null, timeoutMs = null, rateLimitPerSecond = null, maxInFlight = null } = input;
    return { profile, retryWaits, timeoutMs, rateLimitPerSecond, maxInFlight };
  }
  requireScope(actor, tenantId, "endpoints:read");
  const row = await selectEndpoint(database, { tenantId, endpointId });
  if (row === null) throw endpointNotFound();
  return {
    profile: input.profile ?? row.profile,
    retryWaits: input.retryWaits === undefined ? row.retry_waits : input.retryWaits,
    timeoutMs: input.timeoutMs === undefined ? row.timeout_ms : input.timeoutMs,
    rateLimitPerSecond: input.rateLimitPerSecond === undefined ? row.rate_limit_per_second : input.rateLimitPerSecond,
    maxInFlight: input.maxInFlight === undefined ? row.max_in_flight : input.maxInFlight,
  };
}
