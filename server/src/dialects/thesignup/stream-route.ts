/**
 * The event stream of the contract: a frame for each event that is committed after the reader connected, as its client
 * reads them: lines end with LF alone, the envelope is one line, nothing is signed and nothing can be resumed.
 * A credential that is revoked ends its stream before the next event.
 */
import type { Context } from "hono";

import { CoreError } from "../../core/errors/core-error.ts";
import { matchesType } from "../../core/endpoints/route-keys.ts";
import type { FedEvent } from "../../core/feed/event-feed.ts";
import { wrapEvent } from "../../core/feed/wrap-event.ts";
import { type EventStream, STREAM_BEHIND_BYTES_MAX } from "../../http/event-streams.ts";
import { recogniseCaller } from "./access.ts";
import { answerHeaders } from "./answer-headers.ts";
import { routeOf } from "./operations.ts";
import { check } from "./read-input.ts";
import { eventStreamSchema } from "./schemas.ts";
import type { ThesignupApp, ThesignupEnv, ThesignupServices } from "./thesignup-env.ts";

const ALL: readonly string[] = ["*"];
const LINE_BREAK = /[\r\n]/g;

export function registerStreamRoute(app: ThesignupApp, services: ThesignupServices): void {
  app.get(routeOf("streamEvents"), async (c) => {
    const { events = ALL } = check(eventStreamSchema, c.req.query());
    const isWanted = ({ type }: FedEvent): boolean => events.some((pattern) => matchesType(pattern, type));
    let stream: EventStream | null = null;
    /** What was committed before the answer began. */
    const early: FedEvent[] = [];
    const reader = sendInTurn(() => stream, mayReadOn(c, services));
    const { stop } = await services.feed.follow({
      tenantId: c.var.tenant.id,
      onEvents: (committed) => {
        const wanted = committed.filter(isWanted);
        if (stream === null) early.push(...wanted);
        else reader.take(wanted);
      },
    });
    try {
      stream = services.streams.open(c.env.outgoing, {
        headers: { ...answerHeaders(c), "cache-control": "no-cache" },
        onHeartbeat: () => reader.take([]),
        onClose: stop,
      });
    } catch (error) {
      stop();
      throw error;
    }
    reader.take(early);
    // The answer is on its way already: this tells the listener to leave it alone.
    return new Response(null, { headers: { "x-hono-already-sent": "true" } });
  });
}

/** Whether the credential that opened the stream still gives access. */
function mayReadOn(c: Context<ThesignupEnv>, services: ThesignupServices): () => Promise<boolean> {
  const authorization = c.req.header("authorization");
  const { actor, operation } = c.var;
  return async () => {
    try {
      const caller = await recogniseCaller(services, authorization, {
        address: actor.address,
        requestId: c.var.requestId,
      });
      return operation.needs === null || caller.actor.scopes.includes(operation.needs);
    } catch (error) {
      if (error instanceof CoreError) return false;
      throw error;
    }
  };
}

/** One batch behind the other, each after a look at the credential; what waits for that look is bounded too. */
function sendInTurn(streamOf: () => EventStream | null, mayRead: () => Promise<boolean>) {
  let turn = Promise.resolve();
  let waiting = 0;
  const send = async (frames: string): Promise<void> => {
    const stream = streamOf();
    try {
      if (await mayRead()) stream?.send(frames);
      else stream?.destroy();
    } catch {
      // Nobody can tell whether this reader may read on; it may ask again.
      stream?.destroy();
    }
  };
  return {
    take(events: readonly FedEvent[]): void {
      // What comes at once is no delay of the reader's; only what still waits when more comes is.
      if (waiting > STREAM_BEHIND_BYTES_MAX) streamOf()?.destroy();
      const frames = events.map(toFrame).join("");
      waiting += frames.length;
      turn = turn.then(() => send(frames)).finally(() => (waiting -= frames.length));
    },
  };
}

function toFrame(event: FedEvent): string {
  const { eventId, body } = wrapEvent(event, "thesignup");
  // In JSON a line break is only ever white space between values.
  const line = Buffer.from(body).toString("utf8").replace(LINE_BREAK, " ");
  return `id: ${eventId}\nevent: ${event.type}\ndata: ${line}\n\n`;
}
