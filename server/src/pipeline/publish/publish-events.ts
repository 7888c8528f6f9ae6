/**
 * The publish stage: from the received bytes of a recognised publisher to a durable answer. Reads the body with the
 * scanner, names what it publishes for deduplication, hands it to the store stage, and says its refusals as the
 * caller's mistakes. A 2xx is owed to the publisher exactly when this resolves.
 */
import { createHash } from "node:crypto";

import { CoreError, type InputProblem } from "../../core/errors/core-error.ts";
import type { EventStore } from "../store/event-store.ts";
import type { EventToStore, StoredEvent, StoreRefusal } from "../store/store-request.ts";
import type { PublishInput } from "./read-event-members.ts";
import { readBatchBody, readPublishBody } from "./read-publish-body.ts";
import type { Publisher } from "./recognise-publisher.ts";

export interface PublishRequest {
  readonly publisher: Publisher;
  readonly kind: "single" | "batch";
  readonly body: Uint8Array;
  readonly idempotencyKey: string | null;
  /** The trace that it belongs to, where the server traces. */
  readonly traceparent?: string | null | undefined;
}

export interface Published {
  /** One for each event, in the order of the body. */
  readonly events: readonly StoredEvent[];
  /** The same publish was answered before. */
  readonly repeated: boolean;
}

/** Publishes with an Idempotency-Key that are under way in this node, by tenant and key. */
export type RunningKeys = Set<string>;

export interface PublishStage {
  readonly store: EventStore;
  readonly running: RunningKeys;
}

/** Throws CoreError; then nothing is stored. */
export async function publishEvents(stage: PublishStage, request: PublishRequest): Promise<Published> {
  const events = readEvents(request);
  const { publisher, idempotencyKey } = request;
  const running = idempotencyKey === null ? null : `${publisher.tenantId} ${idempotencyKey}`;
  if (running !== null && stage.running.has(running)) {
    throw new CoreError("idempotency_in_progress", "The first request with this Idempotency-Key is still running.");
  }
  if (running !== null) stage.running.add(running);
  try {
    const outcome = await stage.store.store({
      ...publisher,
      source: "publish",
      events,
      targetEndpointId: null,
      traceparent: request.traceparent,
      idempotency:
        idempotencyKey === null ? null : { key: idempotencyKey, fingerprint: sha256(request.kind, request.body) },
    });
    if (outcome.kind === "refused") throw toCoreError(request.kind, events, outcome);
    return { events: outcome.events, repeated: outcome.kind === "repeated" };
  } finally {
    if (running !== null) stage.running.delete(running);
  }
}

function readEvents({ kind, body }: PublishRequest): EventToStore[] {
  const read = kind === "single" ? readPublishBody(body) : readBatchBody(body);
  if (read.kind === "refused") throw toBodyError(read.problems);
  return read.events.map((event) => toEvent(body, event));
}

function toEvent(body: Uint8Array, event: PublishInput): EventToStore {
  const data = body.subarray(event.dataStart, event.dataEnd);
  if (event.id === null) return { type: event.type, data, channels: event.channels, id: null };
  const fingerprint = sha256(`${event.type} ${event.channels?.join(" ") ?? ""}\n`, data);
  return { type: event.type, data, channels: event.channels, id: { key: event.id, fingerprint } };
}

function toBodyError(problems: readonly InputProblem[]): CoreError {
  const tooLarge = problems.find((problem) => problem.code === "data_too_large");
  const first = tooLarge ?? problems[0];
  return new CoreError(tooLarge === undefined ? "validation_failed" : "data_too_large", first?.message ?? "", {
    problems,
  });
}

function toCoreError(
  kind: PublishRequest["kind"],
  events: readonly EventToStore[],
  { problem, detail }: { readonly problem: StoreRefusal; readonly detail: string },
): CoreError {
  switch (problem) {
    case "unauthenticated":
      return new CoreError("unauthenticated", "This API key was revoked or has expired.");
    case "scope_required":
      return new CoreError("scope_required", "This API key lacks the scope events:publish. Use a key that has it.");
    case "not_found":
    case "target_gone":
      return new CoreError("not_found", "There is no such tenant.");
    case "event_type_unknown": {
      const index = events.findIndex((event) => event.type === detail);
      const path = kind === "single" ? "/type" : `/events/${index}/type`;
      return new CoreError(
        "event_type_unknown",
        `The event type ${detail} is not registered. Register it with PUT /v1/tenants/{tenant}/event-types/${detail}.`,
        { problems: [{ path, code: "event_type_unknown", message: `${detail} is not registered.` }] },
      );
    }
    case "event_id_reused":
      return new CoreError("event_id_reused", `The event id ${detail} was published before with another content.`);
    case "idempotency_key_reused":
      return new CoreError("idempotency_key_reused", "This Idempotency-Key was used for another body within 24 hours.");
    default:
      return unknownProblem(problem);
  }
}

function unknownProblem(problem: never): never {
  throw new Error(`The store refused with an unknown problem: ${String(problem)}.`);
}

function sha256(label: string, bytes: Uint8Array): string {
  return createHash("sha256").update(label).update(bytes).digest("hex");
}
