/** What a real receiver was asked, to the wire. */
import type { z } from "@hono/zod-openapi";

import type { ReceiverCheck } from "../../../core/receiver-checks/check-receiver.ts";
import type { CutOver } from "../../../core/rehearsals/cut-over-secret.ts";
import type { Rehearsal } from "../../../core/rehearsals/rehearse-rotation.ts";
import { toAttemptAnswer } from "../deliveries/translate-attempt.ts";
import type { cutOverSchema, receiverCheckSchema, rehearsalSchema } from "./probe-schemas.ts";
import { toSecretVersionAnswer } from "./translate.ts";

export function toRehearsalAnswer(rehearsal: Rehearsal): z.infer<typeof rehearsalSchema> {
  return {
    verdict: rehearsal.verdict,
    reason: rehearsal.reason,
    newVersion: rehearsal.newVersion,
    oldVersion: rehearsal.oldVersion,
    probes: rehearsal.probes.map(({ probe, attempt }) => ({ probe, attempt: toAttemptAnswer(attempt) })),
    overlapEndsAt: rehearsal.overlapEndsAt?.toISOString() ?? null,
  };
}

export function toCutOverAnswer({ version, reason, attempt }: CutOver): z.infer<typeof cutOverSchema> {
  return {
    version: version === null ? null : toSecretVersionAnswer(version),
    reason,
    attempt: toAttemptAnswer(attempt),
  };
}

export function toReceiverCheckAnswer({ probes }: ReceiverCheck): z.infer<typeof receiverCheckSchema> {
  return {
    probes: probes.map(({ probe, verdict, reason, attempt }) => ({
      probe,
      verdict,
      reason,
      attempt: attempt === null ? null : toAttemptAnswer(attempt),
    })),
  };
}
