/** Attempts to the wire: the class with its words, the kept answer as text where it is text. */
import type { z } from "@hono/zod-openapi";

import type { Attempt, HeaderPairs } from "../../../core/attempts/attempt.ts";
import { errorClasses } from "../../../core/attempts/error-class.ts";
import { toNumberId, toUuidId } from "../../../core/ids/public-id.ts";
import type { attemptSchema } from "./attempt-schema.ts";

type AttemptAnswer = z.infer<typeof attemptSchema>;

export function toAttemptAnswer(attempt: Attempt): AttemptAnswer {
  const words = attempt.class === null ? null : errorClasses[attempt.class];
  return {
    id: toNumberId("att", attempt.id),
    deliveryId: toNumberId("dlv", attempt.deliveryId),
    eventId: toNumberId("evt", attempt.eventId),
    endpointId: toUuidId("ep", attempt.endpointId),
    run: attempt.run,
    number: attempt.number,
    source: attempt.source,
    startedAt: attempt.startedAt.toISOString(),
    outcome: attempt.outcome,
    class: attempt.class,
    cause: words?.cause ?? null,
    advice: words?.advice ?? null,
    request: {
      url: attempt.request.url,
      headers: toHeaders(attempt.request.headers),
      bytes: attempt.request.bytes,
      sha256: Buffer.from(attempt.request.sha256).toString("hex"),
      signedBy: [...attempt.request.signedBy],
    },
    response: attempt.response === null ? null : toResponse(attempt.response),
    address: attempt.address,
    timings: { ...attempt.timings },
    tls: attempt.tls === null ? null : { ...attempt.tls },
    decision: attempt.decision,
    reason: attempt.reason,
    nextAt: attempt.nextAt?.toISOString() ?? null,
  };
}

function toHeaders(pairs: HeaderPairs): { name: string; value: string }[] {
  return pairs.map(([name, value]) => ({ name, value }));
}

function toResponse(response: NonNullable<Attempt["response"]>): NonNullable<AttemptAnswer["response"]> {
  const { status, body, bytes } = response;
  const truncated = bytes > body.byteLength;
  const text = decode(body, truncated);
  return {
    status,
    headers: toHeaders(response.headers),
    body: text,
    bodyBase64: text === null ? Buffer.from(body).toString("base64") : null,
    bytes,
    truncated,
  };
}

/** Null when the bytes are not UTF-8. A body that was cut may end within a character; that end is left out. */
function decode(bytes: Uint8Array, truncated: boolean): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}
