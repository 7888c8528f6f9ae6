/**
 * A scenario with its defaults filled in, and the retry rules asked of it: the decider, the classes and the profile that
 * real attempts go by, with the scenario's failure instead of an exchange. Pure.
 */
import type { ErrorClass } from "../../core/attempts/error-class.ts";
import type { Scenario } from "../../core/simulations/scenario.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import type { Profile } from "../../profiles/profile.ts";
import { classifyExchange } from "../deliver/classify-exchange.ts";
import { type Decision, decideNext, type FinishedAttempt } from "../retry/decide-next.ts";

export interface SimulatedRules {
  readonly profile: Profile;
  readonly waitsSeconds: readonly number[];
  readonly timeoutMs: number;
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number;
  readonly answerMs: number;
  readonly failedMs: number;
  readonly failureClass: ErrorClass;
  readonly startMs: number;
  readonly endMs: number;
  readonly decide: (attempt: SimulatedAttempt) => Decision;
}

export interface SimulatedAttempt {
  readonly failed: boolean;
  readonly attempts: number;
  readonly deferrals: number;
  readonly endpoint: FinishedAttempt["endpoint"];
  readonly endedMs: number;
  readonly random: number;
}

const TIMES_OUT: ReadonlySet<ErrorClass> = new Set(["connect_timeout", "headers_timeout", "body_timeout"]);

export function toSimulatedRules(scenario: Scenario, defaultMaxInFlight: number): SimulatedRules {
  const profile = findProfile(scenario.profile);
  if (profile === null) throw new Error(`there is no profile ${scenario.profile}`);
  const { failure, answerMs } = scenario;
  const failureClass = failure.class ?? classifyStatusOf(failure.status);
  const waitsSeconds = scenario.retryWaits ?? profile.waitsSeconds;
  const timeoutMs = scenario.timeoutMs ?? profile.timeoutMs;
  const startMs = scenario.startsAt.getTime();
  return {
    profile,
    waitsSeconds,
    timeoutMs,
    rateLimitPerSecond: scenario.rateLimitPerSecond,
    maxInFlight: scenario.maxInFlight ?? defaultMaxInFlight,
    answerMs,
    failedMs: failure.answerMs ?? (TIMES_OUT.has(failureClass) ? timeoutMs : answerMs),
    failureClass,
    startMs,
    endMs: startMs + scenario.outageMs,
    decide: ({ failed, endedMs, ...attempt }) =>
      decideNext({
        ...attempt,
        profile,
        waitsSeconds,
        source: "publish",
        class: failed ? failureClass : null,
        status: failed ? failure.status : 200,
        retryAfter: failed ? (failure.retryAfterSeconds?.toString() ?? null) : null,
        now: new Date(endedMs),
      }),
  };
}

function classifyStatusOf(status: number | null): ErrorClass {
  const answer = { status: status ?? 500, headers: [], body: new Uint8Array(), bodyBytes: 0, truncated: false };
  const { class: failed } = classifyExchange({ answer, failure: null });
  if (failed === null) throw new Error(`status ${status} is no failure`);
  return failed;
}
