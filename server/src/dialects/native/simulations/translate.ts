/** Simulations and forecasts to the wire. */
import type { z } from "@hono/zod-openapi";

import { describeForecast } from "../../../core/simulations/describe-forecast.ts";
import type { DrainForecast } from "../../../core/simulations/forecast-drain.ts";
import type { SimulatedDelivery } from "../../../core/simulations/scenario.ts";
import type { SimulatedOutage } from "../../../core/simulations/simulate-outage.ts";
import type { drainForecastSchema, simulationSchema } from "./schemas.ts";

type Answer = z.infer<typeof simulationSchema>;

export function toSimulationAnswer({ scenario, forecast }: SimulatedOutage): Answer {
  const { settings, exhausted, stopped, drain, warnedAt } = forecast;
  const endsAt = new Date(scenario.startsAt.getTime() + scenario.outageMs);
  return {
    settings: {
      profile: scenario.profile,
      waitsSeconds: [...settings.waitsSeconds],
      jitter: settings.jitter,
      timeoutMs: settings.timeoutMs,
      rateLimitPerSecond: settings.rateLimitPerSecond,
      maxInFlight: settings.maxInFlight,
      answerMs: scenario.answerMs,
      eventsPerSecond: scenario.eventsPerSecond,
      failureClass: settings.failureClass,
      failureStatus: scenario.failure.status,
      failedAttemptMs: settings.failedAttemptMs,
    },
    outage: { startsAt: scenario.startsAt.toISOString(), endsAt: endsAt.toISOString() },
    summary: describeForecast(scenario, forecast),
    deliveries: forecast.deliveries.map(toDelivery),
    made: forecast.made,
    exhausted:
      exhausted === null
        ? null
        : {
            count: exhausted.count,
            share: exhausted.share,
            firstAt: exhausted.firstAt.toISOString(),
            lastAt: exhausted.lastAt.toISOString(),
            madeFrom: exhausted.madeFrom.toISOString(),
            madeUntil: exhausted.madeUntil.toISOString(),
          },
    endpointWarnedAt: warnedAt?.toISOString() ?? null,
    endpointStopped: stopped === null ? null : { ...stopped, at: stopped.at.toISOString() },
    missed: forecast.missed,
    waitingAtEnd: forecast.waitingAtEnd,
    overdueAtEnd: forecast.overdueAtEnd,
    capacityPerSecond: forecast.capacityPerSecond,
    drain:
      drain === null
        ? null
        : {
            seconds: (drain.endsAt.getTime() - endsAt.getTime()) / 1000,
            caughtUpAt: drain.caughtUpAt?.toISOString() ?? null,
            endsAt: drain.endsAt.toISOString(),
            limitedBy: drain.limitedBy,
          },
    groupOf: forecast.groupOf,
  };
}

export function toDrainForecastAnswer(found: DrainForecast): z.infer<typeof drainForecastSchema> {
  const { waiting, waitingIsWhole, assumed } = found;
  const answer = toSimulationAnswer(found);
  const more = `More waits than the ${waiting} deliveries that were read: it takes longer than this says.`;
  const summary = waitingIsWhole ? answer.summary : [more, ...answer.summary];
  return { ...answer, summary, basis: { waiting, waitingIsWhole, assumed: [...assumed] } };
}

function toDelivery(delivery: SimulatedDelivery): Answer["deliveries"][number] {
  return {
    madeAt: delivery.madeAt.toISOString(),
    end: delivery.end,
    endsEarliestAt: delivery.endsEarliestAt.toISOString(),
    endsLatestAt: delivery.endsLatestAt.toISOString(),
    tries: delivery.tries.map(({ number, earliestAt, latestAt, outcome }) => {
      return { number, earliestAt: earliestAt.toISOString(), latestAt: latestAt.toISOString(), outcome };
    }),
  };
}
