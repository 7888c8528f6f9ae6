/** The wire shapes of recoveries, their filter and their preview. */
import { z } from "@hono/zod-openapi";

import { EVENT_TYPE_NAME_CHARACTERS_MAX } from "../../../core/event-types/event-type.ts";
import { RECOVERY_ORDERS } from "../../../core/recoveries/recovery.ts";
import { RECOVERABLE_OUTCOMES, RECOVERY_ENDPOINTS_MAX } from "../../../core/recoveries/recovery-filter.ts";
import { RECOVERY_STATES } from "../../../core/recoveries/recovery-state.ts";
import { RECOVERY_RATE_MAX } from "../../../core/recoveries/start-recovery.ts";
import { errorClassSchema } from "../deliveries/attempt-schema.ts";
import { uuidIdText } from "../deliveries/id-text.ts";
import { timeText } from "../deliveries/time-text.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const outcomes = z
  .array(z.enum(RECOVERABLE_OUTCOMES))
  .min(1)
  .max(RECOVERABLE_OUTCOMES.length)
  .openapi({
    description:
      "failed: ended without success after an attempt. never_attempted: ended before any, such as those that were " +
      "cancelled when their endpoint was disabled. What somebody cancelled by hand is neither.",
  });

const filterMembers = {
  endpointIds: z
    .array(uuidIdText("ep"))
    .min(1)
    .max(RECOVERY_ENDPOINTS_MAX)
    .optional()
    .openapi({ description: "All of the tenant when left out." }),
  outcomes: outcomes.default([...RECOVERABLE_OUTCOMES]),
  type: z.string().max(EVENT_TYPE_NAME_CHARACTERS_MAX).optional(),
  class: errorClassSchema.optional().openapi({ description: "The error class of the last attempt." }),
  createdAfter: timeText.optional().openapi({ description: "At this time or later." }),
  createdBefore: timeText.optional().openapi({ description: "Before this time." }),
};

export const previewRecoverySchema = z.strictObject(filterMembers).openapi("RecoveryFilter");

const RATE_DEFAULT = 50;

export const startRecoverySchema = z
  .strictObject({
    ...filterMembers,
    ratePerSecond: z
      .int()
      .min(1)
      .max(RECOVERY_RATE_MAX)
      .default(RATE_DEFAULT)
      .openapi({ description: "Over all its endpoints. Their own rate limits and caps hold besides." }),
    order: z
      .enum(RECOVERY_ORDERS)
      .default("oldest_first")
      .openapi({ description: "Within each endpoint; endpoints take turns." }),
  })
  .openapi("StartRecovery");

export const recoveryPreviewSchema = z
  .strictObject({
    deliveries: z.int().openapi({ description: "That would be resent." }),
    endpoints: z.int().openapi({ description: "That these are of." }),
    bytes: z.int().openapi({ description: "Of their data, as published." }),
    oldestAt: isoTime.nullable().openapi({ description: "When the oldest of them was made." }),
    deliveredBefore: z.int().openapi({
      description: "Of them, those that were accepted in an earlier run, as far as attempts are kept.",
    }),
    payloadsGone: z.int().openapi({ description: "Left out: the event is past its retention." }),
    endpointsClosed: z.int().openapi({ description: "Left out: the endpoint is disabled or deleted." }),
    complete: z.boolean().openapi({ description: "Whether everything was looked at: up to 50,000 deliveries are." }),
    reachedAt: isoTime.nullable().openapi({ description: "Where not: only what was made since then is counted." }),
  })
  .openapi("RecoveryPreview");

export const recoverySchema = z
  .strictObject({
    id: z.string().openapi({ example: "rec_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    state: z.enum(RECOVERY_STATES),
    filter: z.strictObject({
      endpointIds: z.array(z.string()).nullable().openapi({ description: "Null: all of the tenant." }),
      outcomes,
      type: z.string().nullable(),
      class: errorClassSchema.nullable(),
      createdAfter: isoTime.nullable(),
      createdBefore: isoTime.nullable(),
    }),
    ratePerSecond: z.int(),
    order: z.enum(RECOVERY_ORDERS),
    expected: z
      .int()
      .nullable()
      .openapi({ description: "How many were to be resent, as a preview at its start counted; null if incomplete." }),
    recovered: z.int().openapi({ description: "Deliveries that began a new run." }),
    payloadsGone: z.int().openapi({ description: "Left out: the event is past its retention." }),
    endpoints: z.int().nullable().openapi({ description: "Null until it has begun to look." }),
    endpointsLeft: z.int().openapi({ description: "Of which not everything has been looked at." }),
    endpointsClosed: z
      .int()
      .openapi({ description: "Disabled or deleted meanwhile: the rest of theirs was left out." }),
    progress: z.number().min(0).max(1).openapi({ description: "The share of its time that was looked at." }),
    startedAt: isoTime,
    finishedAt: isoTime.nullable(),
  })
  .openapi("Recovery");

export const recoveryListSchema = listSchema(recoverySchema, "RecoveryList");

export const recoveryPathSchema = tenantPathSchema.extend({
  r: z.string().openapi({ description: "A recovery's id.", example: "rec_5fqka2m1c39z0v8d7h4wxtnp6r" }),
});

export const listRecoveriesQuerySchema = z.strictObject({ ...pageParameters });

/** A recovery's number, an `integer` of the database: the position in the list. */
export const recoveryPositionSchema = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
