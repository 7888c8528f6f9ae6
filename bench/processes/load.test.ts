import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it } from "vitest";

import { machineMicros } from "../machine-clock.ts";
import { openPublisher } from "../site/open-publisher.ts";

it("spreads its connections over the servers that take a target", async () => {
  await using first = await openServer();
  await using second = await openServer();
  await using publisher = openPublisher();
  const fromMicros = machineMicros();
  const { accepted, refused } = await publisher.call("publish", {
    targets: [{ url: first.url, servers: [first.url, second.url], headers: {} }],
    types: ["invoice.paid"],
    batch: null,
    connections: 4,
    perSecond: null,
    firstSequence: 0,
    window: { fromMicros, toMicros: fromMicros + 100_000, by: "arrival" },
  });
  expect(refused).toEqual({});
  expect([first.connections(), second.connections()]).toEqual([2, 2]);
  expect(first.requests() + second.requests()).toBe(accepted.length);
  expect(Math.min(first.requests(), second.requests())).toBeGreaterThan(0);
});

async function openServer() {
  let requests = 0;
  let connections = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().once("end", () => response.writeHead(202, { "content-length": 0 }).end());
  });
  server.on("connection", () => void (connections += 1));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
