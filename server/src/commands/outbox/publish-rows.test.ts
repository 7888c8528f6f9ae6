import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it } from "vitest";

import { readBody } from "../../http/read-body.ts";
import { publishRows } from "./publish-rows.ts";

const row = (number: number) => ({
  number,
  id: `obx_${number}`,
  tenant: "acme",
  type: "a",
  channels: null,
  data: Buffer.from(`{ "n":${number}.0 }`),
});

/** A server that refuses what holds row 1, and lets each answer take so long by the clock that it gives. */
async function setup(tookMs: number) {
  let nowMs = 0;
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      bodies.push(body.toString());
      nowMs += tookMs;
      const refuses = body.toString().includes('"obx_1"');
      const answer = refuses ? { code: "event_type_unknown", detail: "It is not registered." } : {};
      response.writeHead(refuses ? 422 : 202).end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    bodies,
    round: { to: { url, key: "k" }, nowMs: () => nowMs, startedMs: 0 },
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };
}

it("finds in a refused batch the row that it was for, and sends each row's bytes as they are", async () => {
  using site = await setup(1);
  expect(await publishRows([row(0), row(1), row(2)], site.round)).toEqual({
    taken: [0, 2],
    refused: [{ number: 1, problem: "event_type_unknown", detail: "It is not registered." }],
    trouble: null,
  });
  expect(site.bodies[1]).toBe('{"events":[{"id":"obx_0","type":"a","data":{ "n":0.0 }}]}');
});

it("leaves the rest to the next round before the outbox's database ends the transaction, and keeps what it reached", async () => {
  using site = await setup(2_000);
  const rows = Array.from({ length: 20 }, (_, number) => row(number));
  expect(await publishRows(rows, site.round)).toMatchObject({ taken: [0], refused: [{ number: 1 }], trouble: null });
});
