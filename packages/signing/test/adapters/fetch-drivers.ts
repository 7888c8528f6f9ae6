/** Handlers that take a web-standard Request: a Next.js route handler as Next calls it, and Hono. */

import { Hono } from "hono";

import { verify } from "@posthorn/signing/fetch";

import { statusOf, told } from "./adapter-driver.ts";
import type { AdapterDriver, PostedRequest, ReceiverSetup, RunningReceiver } from "./adapter-driver.ts";

export const nextRouteHandler: AdapterDriver = {
  name: "Next.js route handler",
  advice: /request\.json\(\)/,
  streams: true,
  start: async (setup) => calling((request) => POST(setup, request)),
};

async function POST(setup: ReceiverSetup, request: Request): Promise<Response> {
  if (setup.parserFirst) await request.json();
  try {
    await told(setup, () => verify(request, setup.options));
  } catch (error) {
    return new Response(null, { status: statusOf(error) });
  }
  return new Response(null, { status: 204 });
}

export const hono: AdapterDriver = {
  name: "Hono",
  advice: /c\.req\.raw/,
  streams: true,
  start: async (setup) => {
    const app = new Hono();
    if (setup.parserFirst) {
      app.use(async (c, next) => {
        await c.req.json();
        await next();
      });
    }
    app.post("/hooks", async (c) => {
      await told(setup, () => verify(c.req.raw, setup.options));
      return c.body(null, 204);
    });
    app.onError((error, c) => c.body(null, statusOf(error) as 500));
    return calling((request) => app.fetch(request));
  },
};

function calling(handle: (request: Request) => Response | Promise<Response>): RunningReceiver {
  return {
    post: async (posted) => (await handle(toRequest(posted))).status,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function toRequest({ headers, body, chunked = false }: PostedRequest): Request {
  const pieces = ReadableStream.from([body.subarray(0, body.length / 2), body.subarray(body.length / 2)]);
  const length = chunked ? {} : { "content-length": String(body.length) };
  const init = { method: "POST", headers: { ...headers, ...length }, body: pieces, duplex: "half" };
  return new Request("https://receiver.example/hooks", init as RequestInit);
}
