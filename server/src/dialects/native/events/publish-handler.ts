/**
 * Serves the two publish routes on node:http itself, in front of Hono: they carry the load of the product. The caller
 * is recognised before the body is read; the answer is sent only after the commit.
 *
 *   POST /v1/tenants/{t}/events          → 202 {"id","deliveries"}
 *   POST /v1/tenants/{t}/events/batch    → 202 {"events":[{"id","deliveries"}]}
 */
import type { IncomingMessage, ServerResponse } from "node:http";

import { CoreError } from "../../../core/errors/core-error.ts";
import { toNumberId } from "../../../core/ids/public-id.ts";
import { bearerToken } from "../../../http/bearer-token.ts";
import { clientAddress, type TrustedProxies } from "../../../http/client-address.ts";
import { refuseMalformed } from "../../../http/idempotency.ts";
import type { RawHandler } from "../../../http/listen.ts";
import { readBody } from "../../../http/read-body.ts";
import { REQUEST_ID_HEADER, requestId } from "../../../http/request-id.ts";
import { RESPONSE_HEADERS } from "../../../http/response-headers.ts";
import type { AnsweredPublish } from "../../../pipeline/publish/answered-publish.ts";
import {
  type Published,
  publishEvents,
  type PublishStage,
  type RunningKeys,
} from "../../../pipeline/publish/publish-events.ts";
import type { PublishTraces } from "../../../pipeline/publish/publish-traces.ts";
import type { PublisherDirectory } from "../../../pipeline/publish/recognise-publisher.ts";
import { toProblemAnswer } from "../errors.ts";
import { refuseOtherTypes } from "../read-json-body.ts";

export interface PublishServices {
  readonly store: PublishStage["store"];
  readonly publishers: PublisherDirectory;
  readonly trustedProxies: TrustedProxies;
  readonly onFault: (error: unknown, requestId: string) => void;
  /** null: the server does not trace. */
  readonly traces?: PublishTraces | null | undefined;
  readonly onAnswered?: ((answered: AnsweredPublish) => void) | undefined;
}

/** Nobody was left to answer; the number is a convention of proxies. */
const CLIENT_GONE = 499;

const TARGET = /^\/v1\/tenants\/([^/?#]+)\/events(\/batch)?(?:\?|$)/;

export function createPublishHandler(services: PublishServices): RawHandler {
  const running: RunningKeys = new Set();
  return (request, response) => {
    const id = requestId(request.headers[REQUEST_ID_HEADER]?.toString());
    const startedAt = performance.now();
    const trace = services.traces?.begin(request.headers["traceparent"]?.toString());
    const answered = answer(services, running, request, trace?.traceparent).then(
      ({ kind, published }) => sendPublished(services, response, { id, kind, published, startedAt }),
      (error: unknown) => sendProblem(services, request, response, { id, error, startedAt }),
    );
    if (trace === undefined) void answered;
    else void answered.then(() => trace.end(response.headersSent ? response.statusCode : CLIENT_GONE));
  };
}

async function answer(
  services: PublishServices,
  running: RunningKeys,
  request: IncomingMessage,
  traceparent: string | undefined,
): Promise<{ kind: "single" | "batch"; published: Published }> {
  const [, reference = "", batch] = TARGET.exec(request.url ?? "") ?? [];
  const kind = batch === undefined ? "single" : "batch";
  const caller = {
    token: bearerToken(request.headers.authorization),
    tenantReference: decodeReference(reference),
    address: clientAddress({
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: request.headers["x-forwarded-for"]?.toString(),
      trustedProxies: services.trustedProxies,
    }),
  };
  const publisher = await services.publishers.recognise(caller);
  refuseOtherTypes(request.headers["content-type"], request.headers["content-encoding"]);
  const idempotencyKey = request.headers["idempotency-key"]?.toString() ?? null;
  if (idempotencyKey !== null) refuseMalformed(idempotencyKey);

  const body = await readBody(request);
  const stage = { store: services.store, running };
  try {
    return { kind, published: await publishEvents(stage, { publisher, kind, body, idempotencyKey, traceparent }) };
  } catch (error) {
    if (!(error instanceof CoreError && MAY_BE_OLD.has(error.code))) throw error;
    services.publishers.forget(caller);
    const now = await services.publishers.recognise(caller);
    if (now.tenantId === publisher.tenantId && now.keyId === publisher.keyId) throw error;
    return { kind, published: await publishEvents(stage, { publisher: now, kind, body, idempotencyKey, traceparent }) };
  }
}

/** What the store statement refuses when what was remembered of the caller no longer holds. */
const MAY_BE_OLD: ReadonlySet<string> = new Set(["unauthenticated", "scope_required", "not_found"]);

function decodeReference(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    throw new CoreError("not_found", "There is no such tenant.");
  }
}

function sendPublished(
  services: PublishServices,
  response: ServerResponse,
  answered: { id: string; kind: "single" | "batch"; published: Published; startedAt: number },
): void {
  const { id, kind, published, startedAt } = answered;
  const events = published.events.map((event) => ({
    id: toNumberId("evt", event.id),
    deliveries: event.deliveries,
  }));
  const headers = ["content-type", "application/json", REQUEST_ID_HEADER, id];
  if (published.repeated) headers.push("idempotent-replayed", "true");
  send(response, 202, JSON.stringify(kind === "single" ? events[0] : { events }), headers);
  const ms = performance.now() - startedAt;
  services.onAnswered?.({ requestId: id, status: 202, code: null, published, ms });
}

function sendProblem(
  services: PublishServices,
  request: IncomingMessage,
  response: ServerResponse,
  { id, error, startedAt }: { id: string; error: unknown; startedAt: number },
): void {
  // A caller that went away while it sent its body is nobody's fault.
  if (request.errored !== null || response.destroyed) return;
  const { problem, status, headers, isFault } = toProblemAnswer(error, id);
  if (isFault) services.onFault(error, id);
  const all = [...Object.entries(headers).flat(), REQUEST_ID_HEADER, id];
  // What is left of an unread body would be taken for the next request.
  if (!request.complete && headers["connection"] === undefined) all.push("connection", "close");
  send(response, status, JSON.stringify(problem), all);
  const ms = performance.now() - startedAt;
  services.onAnswered?.({ requestId: id, status, code: problem.code, published: null, ms });
}

const COMMON_HEADERS: readonly string[] = Object.entries(RESPONSE_HEADERS).flat();

/** `headers`: name, value, name, value …: the form that node writes without looking names up. */
function send(response: ServerResponse, status: number, body: string, headers: readonly string[]): void {
  response.writeHead(status, [...COMMON_HEADERS, ...headers, "content-length", String(Buffer.byteLength(body))]);
  response.end(body);
}
