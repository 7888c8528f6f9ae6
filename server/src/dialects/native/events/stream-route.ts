/**
 * `GET /v1/tenants/{t}/stream`: the tenant's events as server-sent events, each with a cursor to go on after. A credential
 * that no longer gives access ends its stream before the next event, or at the next sign of life. A reader that stops
 * reading is cut off; none that comes back with its cursor misses anything.
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";

import { authenticate } from "../../../core/access/authenticate.ts";
import { requireScope } from "../../../core/access/actor.ts";
import { checkEventTypes } from "../../../core/endpoints/check-event-types.ts";
import { matchesType } from "../../../core/endpoints/route-keys.ts";
import { CoreError } from "../../../core/errors/core-error.ts";
import type { FedEvent } from "../../../core/feed/event-feed.ts";
import { type EventBatch, type FollowedEvents, followEvents } from "../../../core/feed/follow-events.ts";
import { formatStreamCursor } from "../../../core/feed/stream-cursor.ts";
import { toNumberId } from "../../../core/ids/public-id.ts";
import { bearerToken } from "../../../http/bearer-token.ts";
import type { EventStream } from "../../../http/event-streams.ts";
import { REQUEST_ID_HEADER } from "../../../http/request-id.ts";
import { RESPONSE_HEADERS } from "../../../http/response-headers.ts";
import type { NativeApp, NativeEnv, NativeServices } from "../native-env.ts";
import { problems } from "../openapi.ts";
import { checkedBy } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const CONTENT_TYPE = "text/event-stream";
const CURSOR_CHARACTERS_MAX = 128;
const EVENT_TYPES_CHARACTERS_MAX = 4096;
/** Signs of life for which a reader may leave what it was sent where it is: a minute. */
const STALLED_HEARTBEATS_MAX = 4;
const LINE_BREAK = /[\r\n]/g;

const cursorText = z.string().max(CURSOR_CHARACTERS_MAX).optional();

const streamRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/stream",
  operationId: "streamEvents",
  tags: ["events"],
  summary: "Follow events as they are committed, from a cursor on, as server-sent events",
  description:
    "Each frame has `id`, a cursor; `event`, the type; `data`, one line of JSON: `{id, type, createdAt, data}`. Frames " +
    "with an id alone say how far the stream has come; the first comes at once. Begin again with the last id, as " +
    "Last-Event-ID or `cursor`: what was committed after it comes, none is missed and none comes twice. Events are in " +
    "the order of their commits. Tests and probes are left out.",
  request: {
    params: tenantPathSchema,
    query: z.strictObject({
      cursor: cursorText.openapi({ description: "The id of a frame; Last-Event-ID goes before it." }),
      eventTypes: z
        .string()
        .max(EVENT_TYPES_CHARACTERS_MAX)
        .transform((list) => list.split(","))
        .check(checkedBy((patterns) => checkEventTypes(patterns, { path: "" })))
        .optional()
        .openapi({
          type: "string",
          description: "Names, prefixes such as invoice.*, or *, between commas; all types if left out.",
          example: "invoice.*,user.created",
        }),
    }),
    headers: z.object({ "last-event-id": cursorText }),
  },
  responses: {
    200: { description: "The stream", content: { [CONTENT_TYPE]: { schema: z.string() } } },
    ...problems(400, 401, 403, 404, 410, 503),
  },
});

export function registerStreamRoute(app: NativeApp, services: NativeServices): void {
  app.openapi(streamRoute, async (c) => {
    const { cursor, eventTypes } = c.req.valid("query");
    const lastEventId = c.req.valid("header")["last-event-id"];
    const { context, feed, eventDays } = services;
    const { actor, tenant } = c.var;
    const followed = followEvents({
      context,
      feed,
      eventDays,
      actor,
      tenantId: tenant.id,
      input: {
        cursor: lastEventId || cursor || null,
        isWanted: ({ type }) => eventTypes?.some((pattern) => matchesType(pattern, type)) ?? true,
      },
    });
    try {
      // The mistakes of a cursor show here, while they can still be answered.
      const { value: first } = await followed.batches.next();
      if (c.env.incoming.method === "HEAD") {
        await followed.batches.return();
        return c.body(null, 200, { "content-type": CONTENT_TYPE });
      }
      void sendAll({ c, services, followed, first: first ?? null });
    } catch (error) {
      followed.stop();
      await followed.batches.return();
      throw error;
    }
    // The answer is on its way already: this tells the listener to leave it alone.
    return new Response(null, { headers: { "x-hono-already-sent": "true" } });
  });
}

/** Throws `overloaded` at once; whatever happens later destroys the stream, and its reader may come back. */
function sendAll(options: {
  readonly c: Context<NativeEnv>;
  readonly services: NativeServices;
  readonly followed: FollowedEvents;
  readonly first: EventBatch | null;
}): Promise<void> {
  const { c, services, followed, first } = options;
  const mayRead = watchCredential(c, services);
  let stalled = 0;
  const stream = services.streams.open(c.env.outgoing, {
    headers: { [REQUEST_ID_HEADER]: c.var.requestId, ...RESPONSE_HEADERS },
    onHeartbeat() {
      stalled += 1;
      if (stalled > STALLED_HEARTBEATS_MAX) c.env.outgoing.destroy();
      followed.nudge();
    },
    onClose: followed.stop,
  });
  const send = async (batch: EventBatch): Promise<boolean> => {
    if (!(await mayRead())) return false;
    await sendBatch(stream, batch);
    stalled = 0;
    return true;
  };
  const run = async (): Promise<void> => {
    try {
      if (first !== null && !(await send(first))) return;
      for await (const batch of followed.batches) if (!(await send(batch))) return;
    } catch (error) {
      if (!(error instanceof CoreError)) services.onFault(error, c.var.requestId);
    } finally {
      stream.destroy();
      await followed.batches.return();
    }
  };
  return run();
}

/** Whether the credential that opened the stream still gives access. Rejects when that cannot be known. */
function watchCredential(c: Context<NativeEnv>, { context, rootKeyHash }: NativeServices): () => Promise<boolean> {
  const token = bearerToken(c.req.header("authorization"));
  const { actor, tenant } = c.var;
  return async () => {
    try {
      const caller = await authenticate({ context, rootKeyHash, token, address: actor.address });
      requireScope(caller, tenant.id, "events:read");
      return true;
    } catch (error) {
      if (error instanceof CoreError) return false;
      throw error;
    }
  };
}

async function sendBatch(stream: EventStream, { events, cursor }: EventBatch): Promise<void> {
  stream.send(events.length === 0 ? `id: ${formatStreamCursor(cursor)}\n\n` : events.map(toFrame).join(""));
  await stream.whenTaken();
}

function toFrame(event: FedEvent): string {
  const { id, type, createdAt, transactionId, data } = event;
  const cursor = formatStreamCursor({ position: { transactionId, id }, at: createdAt });
  // A type needs no escaping. In JSON a line break is only ever white space between values.
  const head = `{"id":"${toNumberId("evt", id)}","type":"${type}","createdAt":"${createdAt.toISOString()}","data":`;
  const line = Buffer.from(data).toString("utf8").replace(LINE_BREAK, " ");
  return `id: ${cursor}\nevent: ${type}\ndata: ${head}${line}}\n\n`;
}
