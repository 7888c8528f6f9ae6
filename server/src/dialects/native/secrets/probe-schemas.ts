/** The wire shapes of what asks a real receiver: rehearsal, cut-over and check. */
import { z } from "@hono/zod-openapi";

import { PROBE_VERDICTS, RECEIVER_PROBES } from "../../../core/receiver-checks/judge-receiver.ts";
import { CUT_OVER_WAIT_SECONDS_MAX } from "../../../core/rehearsals/cut-over-secret.ts";
import { REHEARSAL_PROBES, REHEARSAL_VERDICTS } from "../../../core/rehearsals/judge-rehearsal.ts";
import { attemptSchema } from "../deliveries/attempt-schema.ts";
import { isoTime } from "../schema-parts.ts";
import { reason, secretVersionSchema } from "./schemas.ts";

const inWords = z.string().openapi({ description: "What was seen and what to do, in plain words." });

export const rehearsalSchema = z
  .strictObject({
    verdict: z.enum(REHEARSAL_VERDICTS),
    reason: inWords,
    newVersion: z.int(),
    oldVersion: z.int(),
    probes: z.array(z.strictObject({ probe: z.enum(REHEARSAL_PROBES), attempt: attemptSchema })).openapi({
      description: "The evidence, in the order in which it was sent.",
    }),
    overlapEndsAt: isoTime.nullable().openapi({
      description: "When the old version ends, where its overlap was held open for this rehearsal and it has passed.",
    }),
  })
  .openapi("Rehearsal");

export const cutOverSecretSchema = z
  .strictObject({
    waitSeconds: z.int().min(0).max(CUT_OVER_WAIT_SECONDS_MAX).optional().openapi({
      default: 0,
      description: "How long to ask the receiver again, every two seconds, while it refuses the new secret.",
    }),
    reason,
  })
  .openapi("CutOverSecret");

export const cutOverSchema = z
  .strictObject({
    version: secretVersionSchema
      .nullable()
      .openapi({ description: "What signs alone now; null: nothing was changed." }),
    reason: inWords,
    attempt: attemptSchema,
  })
  .openapi("CutOver");

export const checkReceiverSchema = z
  .strictObject({
    consent: z.boolean().openapi({
      description: "The receiver's owner agrees to forged requests. It has to be true, and is in the audit log.",
    }),
    reason,
  })
  .openapi("CheckReceiver");

export const receiverCheckSchema = z
  .strictObject({
    probes: z.array(
      z.strictObject({
        probe: z.enum(RECEIVER_PROBES),
        verdict: z.enum(PROBE_VERDICTS),
        reason: inWords,
        attempt: attemptSchema.nullable().openapi({ description: "Null: it was not sent." }),
      }),
    ),
  })
  .openapi("ReceiverCheck");
