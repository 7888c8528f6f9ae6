/**
 * What a simulation is asked and what it answers. Core knows the question; the rules are the pipeline's own, asked
 * through a port, so that there is no second copy of them.
 */
import type { ErrorClass } from "../attempts/error-class.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";

export interface Scenario {
  readonly profile: EndpointProfile;
  /** Null: the profile's. */
  readonly retryWaits: readonly number[] | null;
  /** Null: the profile's. */
  readonly timeoutMs: number | null;
  readonly rateLimitPerSecond: number | null;
  /** Null: the server's default. */
  readonly maxInFlight: number | null;
  /** Paused now, it is taken to be resumed when the outage ends. */
  readonly status: "active" | "paused";
  readonly health: ScenarioHealth;
  readonly startsAt: Date;
  /** Attempts that begin from `startsAt` on and before its end fail. */
  readonly outageMs: number;
  readonly failure: ScenarioFailure;
  /** How long the receiver takes to accept. */
  readonly answerMs: number;
  /** Published evenly, from the start of the outage on. */
  readonly eventsPerSecond: number;
  /** Whether the first comes at the start, or one interval later, as after what has been published already. */
  readonly publishesAtStart: boolean;
  /** What waits when the outage begins. */
  readonly waiting: readonly WaitingGroup[];
}

export interface ScenarioFailure {
  /** Of its answer; null where it gives none. */
  readonly status: number | null;
  /** Null: as the status is classified. */
  readonly class: ErrorClass | null;
  readonly retryAfterSeconds: number | null;
  /** How long a failed attempt takes; null: the timeout where it times out, else as long as an accepted one. */
  readonly answerMs: number | null;
}

/** Failures since the last success, when the scenario begins. */
export interface ScenarioHealth {
  readonly failingSince: Date | null;
  readonly consecutiveFailures: number;
  readonly failedDeliveries: number;
  readonly warnedAt: Date | null;
}

export interface WaitingGroup {
  readonly count: number;
  readonly dueAt: Date;
  readonly madeAt: Date;
  readonly attempts: number;
  readonly deferrals: number;
}

export interface Forecast {
  /** What it was computed with, defaults filled in. */
  readonly settings: {
    readonly waitsSeconds: readonly number[];
    readonly jitter: number;
    readonly timeoutMs: number;
    readonly rateLimitPerSecond: number | null;
    readonly maxInFlight: number;
    readonly failedAttemptMs: number;
    readonly failureClass: ErrorClass;
  };
  /** Of deliveries made at points of the outage, if nothing of the endpoint held them back. */
  readonly deliveries: readonly SimulatedDelivery[];
  /** All that is made before the end of the outage, and what waited before it. */
  readonly made: number;
  readonly exhausted: SimulatedExhaustion | null;
  readonly warnedAt: Date | null;
  readonly stopped: SimulatedStop | null;
  /** Not made, since the endpoint was disabled. */
  readonly missed: number;
  readonly waitingAtEnd: number;
  /** Of those, held back behind others and not by their schedule. */
  readonly overdueAtEnd: number;
  readonly drain: SimulatedDrain | null;
  /** What can go out, in deliveries a second, once the receiver is back; null: as much as comes. */
  readonly capacityPerSecond: number | null;
  /** Deliveries that were computed as one. */
  readonly groupOf: number;
}

export interface SimulatedTry {
  /** From 1. */
  readonly number: number;
  readonly earliestAt: Date;
  readonly latestAt: Date;
  readonly outcome: "fails" | "may_fail" | "succeeds";
}

export interface SimulatedDelivery {
  readonly madeAt: Date;
  readonly tries: readonly SimulatedTry[];
  readonly end: "succeeded" | "exhausted" | "either";
  readonly endsEarliestAt: Date;
  readonly endsLatestAt: Date;
}

export interface SimulatedExhaustion {
  readonly count: number;
  readonly share: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When the first and the last of them were made. */
  readonly madeFrom: Date;
  readonly madeUntil: Date;
}

export interface SimulatedStop {
  readonly status: "paused" | "disabled";
  readonly reason: "failing" | "gone";
  readonly at: Date;
  /** What waited and ended as cancelled. */
  readonly cancelled: number;
}

export interface SimulatedDrain {
  /** From then on nothing waits but for its schedule; null: never, since more comes than can go out. */
  readonly caughtUpAt: Date | null;
  /** The last of what was made before the end of the outage has ended. */
  readonly endsAt: Date;
  /** What decides how long it takes. */
  readonly limitedBy: "schedule" | "rate_limit" | "in_flight_cap";
}

export const UNTROUBLED: ScenarioHealth = {
  failingSince: null,
  consecutiveFailures: 0,
  failedDeliveries: 0,
  warnedAt: null,
};
