/** The wire shapes of simulations and forecasts. */
import { z } from "@hono/zod-openapi";

import {
  checkEndpointSettings,
  MAX_IN_FLIGHT_MAX,
  RATE_LIMIT_MAX,
  TIMEOUT_MS_MAX,
  TIMEOUT_MS_MIN,
} from "../../../core/endpoints/check-endpoint-settings.ts";
import { ANSWER_MS_MAX, EVENTS_PER_SECOND_MAX, OUTAGE_SECONDS_MAX } from "../../../core/simulations/simulate-outage.ts";
import { errorClassSchema } from "../deliveries/attempt-schema.ts";
import { uuidIdText } from "../deliveries/id-text.ts";
import { timeText } from "../deliveries/time-text.ts";
import { isoTime, stepsWithin } from "../schema-parts.ts";

const profiles = z.enum(["standard", "selfcommunity", "velt", "thesignup"]);
/** What a receiver can do to a request without answering it. */
const SILENT_FAILURES = [
  "dns_not_found",
  "dns_timeout",
  "connect_refused",
  "connect_timeout",
  "tls_expired",
  "tls_name",
  "tls_chain",
  "headers_timeout",
  "body_timeout",
  "connection_reset",
  "response_invalid",
] as const;

const retryWaitsSchema = z.array(z.int()).check((payload) => {
  for (const { path, code, message } of checkEndpointSettings(
    { retryWaits: payload.value },
    { keptHeaders: new Set() },
  )) {
    payload.issues.push({
      code: "custom",
      message,
      params: { code },
      path: stepsWithin(path).map(Number),
      input: payload.value,
    });
  }
});

const outageSchema = z
  .strictObject({
    startsAt: timeText.optional().openapi({ description: "Now, if left out." }),
    seconds: z.int().min(1).max(OUTAGE_SECONDS_MAX),
    status: z
      .int()
      .min(100)
      .max(999)
      .refine((status) => status < 200 || status > 299, "A 2xx is no failure.")
      .optional()
      .openapi({ description: "What the receiver answers meanwhile; 500 if neither this nor class is given." }),
    class: z.enum(SILENT_FAILURES).optional().openapi({ description: "How it fails without an answer." }),
    retryAfterSeconds: z.int().min(0).max(OUTAGE_SECONDS_MAX).optional(),
    answerMs: z.int().min(0).max(ANSWER_MS_MAX).optional().openapi({
      description: "How long a failed attempt takes. Left out: the timeout where it times out, else answerMs.",
    }),
  })
  .refine(({ status, class: failed }) => status === undefined || failed === undefined, {
    message: "Give status or class, not both.",
    path: ["class"],
  });

export const simulateOutageSchema = z
  .strictObject({
    endpointId: uuidIdText("ep").optional().openapi({
      description: "With the settings of this endpoint; what is given besides takes their place.",
    }),
    profile: profiles.optional().openapi({ description: "standard, if neither this nor endpointId is given." }),
    retryWaits: retryWaitsSchema.nullable().optional(),
    timeoutMs: z.int().min(TIMEOUT_MS_MIN).max(TIMEOUT_MS_MAX).nullable().optional(),
    rateLimitPerSecond: z.int().min(1).max(RATE_LIMIT_MAX).nullable().optional(),
    maxInFlight: z.int().min(1).max(MAX_IN_FLIGHT_MAX).nullable().optional(),
    outage: outageSchema,
    eventsPerSecond: z.number().min(0).max(EVENTS_PER_SECOND_MAX).default(1).openapi({
      description: "Deliveries that are made a second, evenly.",
    }),
    answerMs: z.int().min(0).max(ANSWER_MS_MAX).default(200).openapi({
      description: "How long the receiver takes to accept.",
    }),
  })
  .openapi("SimulateOutage");

export const forecastQuerySchema = z.strictObject({
  backAt: timeText.optional().openapi({ description: "When the receiver is taken to be back; now, if left out." }),
});

const trySchema = z.strictObject({
  number: z.int(),
  earliestAt: isoTime,
  latestAt: isoTime.openapi({ description: "Later than earliestAt by the jitter of the waits before it." }),
  outcome: z.enum(["fails", "may_fail", "succeeds"]).openapi({
    description: "may_fail: the outage ends between the two times.",
  }),
});

const forecastParts = {
  settings: z
    .strictObject({
      profile: profiles,
      waitsSeconds: z.array(z.number()),
      jitter: z.number().openapi({ description: "Each wait is drawn from this share below to this share above it." }),
      timeoutMs: z.int(),
      rateLimitPerSecond: z.int().nullable(),
      maxInFlight: z.int(),
      answerMs: z.number(),
      eventsPerSecond: z.number(),
      failureClass: errorClassSchema,
      failureStatus: z.int().nullable(),
      failedAttemptMs: z.number(),
    })
    .openapi({ description: "What it was computed with." }),
  outage: z.strictObject({ startsAt: isoTime, endsAt: isoTime }),
  summary: z.array(z.string()).openapi({ description: "The answer in plain words." }),
  deliveries: z
    .array(
      z.strictObject({
        madeAt: isoTime,
        end: z.enum(["succeeded", "exhausted", "either"]),
        endsEarliestAt: isoTime,
        endsLatestAt: isoTime,
        tries: z.array(trySchema),
      }),
    )
    .openapi({
      description:
        "Made at the beginning, a quarter, half, three quarters and the end of the outage: when each is tried if nothing else holds it back.",
    }),
  made: z.int().openapi({ description: "Deliveries made before the end of the outage, and what waited before it." }),
  exhausted: z
    .strictObject({
      count: z.int(),
      share: z.number().openapi({ description: "Of made, 0 to 1." }),
      firstAt: isoTime,
      lastAt: isoTime,
      madeFrom: isoTime,
      madeUntil: isoTime,
    })
    .nullable()
    .openapi({ description: "What is given up; null: nothing." }),
  endpointWarnedAt: isoTime.nullable(),
  endpointStopped: z
    .strictObject({
      status: z.enum(["paused", "disabled"]),
      reason: z.enum(["failing", "gone"]),
      at: isoTime,
      cancelled: z.int().openapi({ description: "What waited and ends as cancelled." }),
    })
    .nullable()
    .openapi({ description: "A paused endpoint is taken to be resumed when the outage ends." }),
  missed: z.int().openapi({ description: "Not made, since the endpoint was disabled." }),
  waitingAtEnd: z.int(),
  overdueAtEnd: z.int().openapi({ description: "Of those, held back behind others and not by their schedule." }),
  capacityPerSecond: z.number().nullable().openapi({
    description: "What can go out once the receiver is back; null: as much as comes.",
  }),
  drain: z
    .strictObject({
      seconds: z.number().openapi({ description: "From the end of the outage until the last of it has ended." }),
      caughtUpAt: isoTime.nullable().openapi({
        description: "From then on nothing waits but for its schedule; null: never, since more comes than can go out.",
      }),
      endsAt: isoTime,
      limitedBy: z.enum(["schedule", "rate_limit", "in_flight_cap"]),
    })
    .nullable()
    .openapi({ description: "Null: it takes longer than is computed." }),
  groupOf: z.number().openapi({ description: "So many deliveries were computed as one; 1: each for itself." }),
};

export const simulationSchema = z.strictObject(forecastParts).openapi("Simulation");

export const drainForecastSchema = z
  .strictObject({
    ...forecastParts,
    basis: z.strictObject({
      waiting: z.int().openapi({ description: "What waits now." }),
      waitingIsWhole: z.boolean().openapi({ description: "false: more waits than is read." }),
      assumed: z.array(z.enum(["answerMs", "failure"])).openapi({
        description: "What the newest attempts did not show, and was assumed.",
      }),
    }),
  })
  .openapi("DrainForecast");
