import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";

import { afterEach, expect, test } from "vitest";

import { type HttpServer, listen } from "./listen.ts";

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function setup(
  handlers: {
    fetch?: (request: Request) => Response | Promise<Response>;
    publish?: (request: IncomingMessage, response: ServerResponse) => void;
  } = {},
): Promise<HttpServer> {
  const server = await listen({
    fetch: handlers.fetch ?? (() => new Response("hono")),
    publish: handlers.publish ?? ((_request, response) => void response.end("raw")),
    host: "127.0.0.1",
    port: 0,
  });
  servers.push(server);
  return server;
}

const textOf = async (url: string, method = "GET") => (await fetch(url, { method })).text();

test("publishes go to the raw handler, everything else to Hono", async () => {
  const { url } = await setup();
  for (const path of ["/v1/tenants/a/events", "/v1/tenants/a/events/batch", "/v1/tenants/a/events?x=1"]) {
    expect(await textOf(url + path, "POST")).toBe("raw");
    expect(await textOf(url + path, "GET")).toBe("hono");
  }
  for (const path of ["/v1/tenants/a/events/", "/v1/tenants/a/events/x/resend", "/v1/tenants/a/b/events", "/"]) {
    expect(await textOf(url + path, "POST")).toBe("hono");
  }
});

test("a stop lets the request in flight finish and takes no new connection", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const server = await setup({
    fetch: async () => {
      started.resolve();
      await finish.promise;
      return new Response("done");
    },
  });
  const answer = fetch(server.url);
  await started.promise;
  const stopped = server.stop({ graceMs: 10_000 });
  await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  finish.resolve();
  const response = await answer;
  expect(await response.text()).toBe("done");
  expect(response.headers.get("connection")).toBe("close");
  await stopped;
});

test("a stop closes idle connections at once", async () => {
  const server = await setup();
  const agent = new Agent({ keepAlive: true });
  const request = httpRequest(server.url, { agent }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const socket = response.socket;
  response.resume();
  await once(response, "end");
  const closed = once(socket, "close");
  await server.stop({ graceMs: 60_000 });
  await closed;
  agent.destroy();
});

test("a stop cuts what is still in flight after the grace", async () => {
  const started = Promise.withResolvers<void>();
  const server = await setup({
    fetch: () => {
      started.resolve();
      return new Promise(() => {});
    },
  });
  const answer = fetch(server.url);
  answer.catch(() => {});
  await started.promise;
  await server.stop({ graceMs: 1 });
  await expect(answer).rejects.toThrow("fetch failed");
});

test("an answer that began before the stop ends its connection when it is complete", async () => {
  const finish = Promise.withResolvers<void>();
  const server = await setup({
    publish: (_request, response) => {
      response.writeHead(200, { "content-length": "4" });
      response.write("do");
      void finish.promise.then(() => response.end("ne"));
    },
  });
  const socket = await send(server, "POST /v1/tenants/a/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  const received: Buffer[] = [];
  await once(socket, "data").then(([chunk]) => received.push(chunk as Buffer));
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  const stopped = server.stop({ graceMs: 10_000 });
  finish.resolve();
  await Promise.all([once(socket, "close"), stopped]);
  expect(Buffer.concat(received).toString()).toMatch(/\r\n\r\ndone$/);
});

test("headers above 16 KiB are refused without a crash", async () => {
  const server = await setup();
  const socket = await send(server, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(17_000)}\r\n\r\n`);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 431 /);
  socket.destroy();
  expect(await textOf(server.url)).toBe("hono");
});

test("a port that is taken is refused", async () => {
  const { port } = await setup();
  const options = { fetch: () => new Response(), publish: () => {}, host: "127.0.0.1", port };
  await expect(listen(options)).rejects.toThrow("EADDRINUSE");
});

async function send(server: HttpServer, text: string): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(text);
  return socket;
}
