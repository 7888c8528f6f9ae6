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
    ...(missed === 0 ? [] : [`${missed} deliveries are not made at all, and no resend brings them back.`]),
    exhausted === null
      ? "No delivery is given up."
      : `${exhausted.count} of ${made} deliveries are given up, from ${exhausted.firstAt.toISOString()} to ` +
        `${exhausted.lastAt.toISOString()}: those made from ${exhausted.madeFrom.toISOString()} to ` +
        `${exhausted.madeUntil.toISOString()}. Resend them when the receiver is back.`,
    ...(warnedAt === null || stopped !== null ? [] : [`The endpoint is warned about at ${warnedAt.toISOString()}.`]),
    `When the receiver is back ${waitingAtEnd} deliveries wait, ${overdueAtEnd} of them behind others.`,
    describeDrain(scenario, forecast),
  ];
}

function describeStop({ status, reason, at, cancelled }: NonNullable<Forecast["stopped"]>): string {
  const why = reason === "gone" ? "the receiver answers 410" : "it has failed for too long";
  const then =
    status === "paused"
      ? "What is made from then on waits; it is taken to be resumed when the outage ends."
      : `${cancelled} deliveries that waited end as cancelled.`;
  return `The endpoint is ${status} at ${at.toISOString()}, since ${why}. ${then}`;
}

function describeDrain({ eventsPerSecond }: Scenario, { drain, capacityPerSecond }: Forecast): string {
  if (drain === null) {
    return capacityPerSecond !== null && eventsPerSecond >= capacityPerSecond
      ? `It never catches up: ${eventsPerSecond} deliveries come a second and ${capacityPerSecond} can go out.`
      : "The drain takes longer than was computed.";
  }
  return (
    `Nothing is held back from ${drain.caughtUpAt.toISOString()} on, and the last of it ends at ` +
    `${drain.endsAt.toISOString()}. ${LIMITS[drain.limitedBy]}`
  );
}
