/** A forecast in plain words, one sentence a fact, the worst first (pure). */
import type { Forecast, Scenario } from "./scenario.ts";

const LIMITS = {
  schedule: "The last of it waits for its next try, not for others.",
  rate_limit: "The endpoint's rate limit decides how long that takes.",
  in_flight_cap: "The endpoint's in-flight cap and the receiver's answer time decide how long that takes.",
} as const;

export function describeForecast(scenario: Scenario, forecast: Forecast): string[] {
  const { stopped, exhausted, missed, warnedAt, made, waitingAtEnd, overdueAtEnd } = forecast;
  return [
    ...(stopped === null ? [] : [describeStop(stopped)]),
    ...(missed === 0 ? [] : [`Not made at all, so that no resend brings it back: ${count(missed)}.`]),
    exhausted === null
      ? "No delivery is given up."
      : `Given up: ${exhausted.count} of ${count(made)}, from ${exhausted.firstAt.toISOString()} to ` +
        `${exhausted.lastAt.toISOString()}: those made from ${exhausted.madeFrom.toISOString()} to ` +
        `${exhausted.madeUntil.toISOString()}. Resend them when the receiver is back.`,
    ...(warnedAt === null || stopped !== null ? [] : [`The endpoint is warned about at ${warnedAt.toISOString()}.`]),
    `Waiting when the receiver is back: ${count(waitingAtEnd)}, ${overdueAtEnd} of them behind others.`,
    describeDrain(scenario, forecast),
  ];
}

function describeStop({ status, reason, at, cancelled }: NonNullable<Forecast["stopped"]>): string {
  const why = reason === "gone" ? "the receiver answers 410" : "it has failed for too long";
  const then =
    status === "paused"
      ? "What is made from then on waits; it is taken to be resumed when the outage ends."
      : `What waited ends as cancelled: ${count(cancelled)}.`;
  return `The endpoint is ${status} at ${at.toISOString()}, since ${why}. ${then}`;
}

function describeDrain({ eventsPerSecond }: Scenario, { drain, capacityPerSecond }: Forecast): string {
  if (drain === null) return "The drain takes longer than was computed.";
  const ends = `The last of it ends at ${drain.endsAt.toISOString()}.`;
  if (drain.caughtUpAt !== null) {
    return `${ends} Nothing is held back from ${drain.caughtUpAt.toISOString()} on. ${LIMITS[drain.limitedBy]}`;
  }
  const out = capacityPerSecond === null ? "" : `, and ${round(capacityPerSecond)} can go out`;
  return `${ends} What comes later is never caught up with: ${round(eventsPerSecond)} come a second${out}.`;
}

function count(number: number): string {
  return number === 1 ? "one delivery" : `${number} deliveries`;
}

function round(number: number): string {
  return String(Number(number.toPrecision(3)));
}
