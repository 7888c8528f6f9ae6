/** The wire shape of attempts: everything that is kept of one request. */
import { z } from "@hono/zod-openapi";

import { errorClasses } from "../../../core/attempts/error-class.ts";
import { isoTime } from "../schema-parts.ts";

const CLASS_NAMES = Object.keys(errorClasses) as [keyof typeof errorClasses, ...(keyof typeof errorClasses)[]];

export const errorClassSchema = z.enum(CLASS_NAMES).openapi({ description: "What went wrong, as a stable name." });
export const sourceSchema = z.enum(["publish", "resend", "test", "probe", "operational"]);

const headersSchema = z
  .array(z.strictObject({ name: z.string(), value: z.string() }))
  .openapi({ description: "In the order on the wire." });
const milliseconds = z.number().nullable();

export const attemptSchema = z
  .strictObject({
    id: z.string().openapi({ example: "att_01h2xcejqtf" }),
    deliveryId: z.string().openapi({ example: "dlv_01h2xcejqte" }),
    eventId: z.string().openapi({ example: "evt_01h2xcejqtd" }),
    endpointId: z.string().openapi({ example: "ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    run: z.int(),
    number: z.int().openapi({ description: "From 1 within the run." }),
    source: sourceSchema,
    startedAt: isoTime,
    outcome: z.enum(["accepted", "rejected", "timed_out", "unreachable", "blocked"]),
    class: errorClassSchema.nullable(),
    cause: z.string().nullable().openapi({ description: "The class in plain words." }),
    advice: z.string().nullable().openapi({ description: "What to do about it." }),
    request: z.strictObject({
      url: z.string(),
      headers: headersSchema,
      bytes: z.int().openapi({ description: "Length of the body sent." }),
      sha256: z.string().openapi({ description: "Of the body sent, in hexadecimal." }),
      signedBy: z.array(z.int()).openapi({ description: "Numbers of the secret versions that signed." }),
    }),
    response: z
      .strictObject({
        status: z.int(),
        headers: headersSchema,
        body: z.string().nullable().openapi({ description: "The first 16 KiB as text; null when they are not UTF-8." }),
        bodyBase64: z.string().nullable().openapi({ description: "The first 16 KiB when they are not UTF-8." }),
        bytes: z.int().openapi({ description: "How much of the body was read." }),
        truncated: z.boolean(),
      })
      .nullable(),
    address: z.string().nullable().openapi({ description: "The address dialled." }),
    timings: z.strictObject({
      waitMs: z.int().openapi({ description: "From the signing to startedAt: it waited for a socket." }),
      dnsMs: milliseconds,
      connectMs: milliseconds,
      tlsMs: milliseconds,
      firstByteMs: milliseconds,
      totalMs: milliseconds,
      reused: z.boolean().openapi({ description: "Whether the connection stood already." }),
    }),
    tls: z
      .strictObject({
        protocol: z.string().nullable(),
        cipher: z.string().nullable(),
        authorized: z.boolean(),
        authorizationError: z.string().nullable(),
        alpn: z.string().nullable(),
        peer: z
          .strictObject({ subject: z.string(), issuer: z.string(), validTo: z.string(), fingerprint256: z.string() })
          .nullable(),
      })
      .nullable(),
    decision: z.enum(["finish", "retry", "defer", "give_up", "cancel"]),
    reason: z.string().openapi({ description: "Why this was decided, in plain words." }),
    nextAt: isoTime.nullable().openapi({ description: "When the delivery is due again." }),
  })
  .openapi("Attempt");
