/**
 * Puts together what is recorded of one attempt (pure): what went out, what came back, what was decided and why.
 * Values of the endpoint's own headers are shown as `***`; the courier hides credentials already.
 */
import type { Exchange } from "../deliver/exchange.ts";
import type { Classification } from "../deliver/classify-exchange.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { Target } from "../load/target.ts";
import type { Decision } from "../retry/decide-next.ts";
import type { SignedRequest } from "../sign/signed-request.ts";
import type { AttemptRecord, FinishedAttempt, NextStep } from "./finished-attempt.ts";

export interface AttemptParts {
  readonly delivery: HeldDelivery;
  readonly target: Target;
  readonly signed: SignedRequest;
  readonly exchange: Exchange;
  readonly classification: Classification;
  readonly decision: Decision;
  readonly endedAt: Date;
}

export function toFinishedAttempt(parts: AttemptParts): FinishedAttempt {
  const { delivery, decision, classification } = parts;
  return {
    delivery,
    next: toNextStep(decision),
    attempts: decision.attempts,
    deferrals: decision.deferrals,
    attempt: toAttemptRecord(parts),
    heldClass: null,
    health: {
      source: delivery.source,
      class: classification.class,
      decision: decision.kind,
      endedAt: parts.endedAt,
    },
    disable: decision.disable,
  };
}

function toNextStep(decision: Decision): NextStep {
  switch (decision.kind) {
    case "finish":
      return { state: "succeeded" };
    case "give_up":
      return { state: "exhausted" };
    case "cancel":
      return { state: "cancelled", reason: decision.cause };
    case "retry":
      return { state: "pending", dueAt: decision.at, parkUntil: null };
    case "defer":
    case "hold":
      return { state: "pending", dueAt: decision.at, parkUntil: decision.parkEndpointUntil };
  }
}

function toAttemptRecord({ target, signed, exchange, classification, decision }: AttemptParts): AttemptRecord {
  const { answer } = exchange;
  return {
    startedAt: exchange.startedAt,
    outcome: classification.outcome,
    class: classification.class,
    requestUrl: target.url,
    requestHeaders: JSON.stringify(hideOwnHeaders(exchange.requestHeaders, target)),
    requestBytes: signed.body.byteLength,
    requestSha256: signed.bodySha256,
    signedBy: signed.signedBy,
    answer:
      answer === null
        ? null
        : {
            status: answer.status,
            headers: JSON.stringify(answer.headers.map(([name, value]) => [name, storable(value)])),
            body: answer.body,
            bodyBytes: answer.bodyBytes,
          },
    address: exchange.address,
    timings: JSON.stringify(toTimings(exchange, signed)),
    tls: exchange.tls === null ? null : JSON.stringify(exchange.tls),
    decision: decision.kind === "hold" ? "retry" : decision.kind,
    reason: exchange.failure === null ? decision.reason : `${exchange.failure.detail} ${decision.reason}`,
  };
}

function toTimings({ startedAt, timings }: Exchange, { signedAtMs }: SignedRequest): object {
  return {
    waitMs: startedAt.getTime() - signedAtMs,
    dnsMs: toMicroseconds(timings.dnsMs),
    connectMs: toMicroseconds(timings.connectMs),
    tlsMs: toMicroseconds(timings.tlsMs),
    firstByteMs: toMicroseconds(timings.firstByteMs),
    totalMs: toMicroseconds(timings.totalMs),
    reused: timings.reused,
  };
}

/** The clock gives more digits than it can know. */
function toMicroseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

function hideOwnHeaders(
  headers: Exchange["requestHeaders"],
  target: Target,
): readonly (readonly [name: string, value: string])[] {
  if (target.headers.length === 0) return headers;
  const own = new Set(target.headers.map(([name]) => name.toLowerCase()));
  return headers.map(([name, value]) => [name, own.has(name.toLowerCase()) ? "***" : value]);
}

/** A header value is bytes of any kind; the database stores text, which holds no NUL. */
function storable(value: string): string {
  return value.replaceAll("\0", "\uFFFD");
}
