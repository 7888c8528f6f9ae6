/** `posthorn listen` and `posthorn trigger` as they are typed, beside a server that goes away and comes back. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";

import { readBody } from "../src/http/read-body.ts";
import { openTestDatabase, type TestDatabase } from "./support/database.ts";
import { runPosthorn, startPosthorn } from "./support/run-posthorn.ts";
import { startTestServer, type TestServer } from "./support/start-server.ts";

const ROOT_KEY = `root-${"k".repeat(32)}`;
/** Processes start, which takes its time on a busy machine. */
const TIMEOUT_MS = 60_000;
let database: TestDatabase;
let world: TestServer;
beforeAll(async () => {
  database = await openTestDatabase();
  world = await startTestServer({ database, config: { rootKey: ROOT_KEY } });
  await world.client().post("/v1/tenants", { name: "Listened", slug: "listened" });
  const types = "/v1/tenants/listened/event-types";
  await world.client().put(`${types}/invoice.paid`, { example: '{"big": 12345678901234567890}' });
  await world.client().put(`${types}/plain.type`);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const COMMAND = { env: { POSTHORN_API_KEY: ROOT_KEY } };
const start = (args: readonly string[]) => startPosthorn([...args, "--tenant", "listened"], COMMAND);
const trigger = (type: string, url = world.server.url) =>
  runPosthorn(["trigger", type, "--url", url, "--tenant", "listened"], COMMAND);

async function startReceiver() {
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  let told = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      got.push({ headers: request.headers, body: body.toString() });
      response.end();
      told.resolve();
      told = Promise.withResolvers<void>();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const until = async (count: number) => {
    while (got.length < count) await told.promise;
    return got;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    until,
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };
}

test(
  "trigger publishes the catalogue's example; listen forwards it signed, and goes on after the server was away",
  async () => {
    using receiver = await startReceiver();
    const child = start(["listen", "--forward-to", receiver.url, "--url", world.server.url]);
    const lines: string[] = [];
    let told = Promise.withResolvers<void>();
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        lines.push(line);
        told.resolve();
        told = Promise.withResolvers<void>();
      });
    }
    const said = async (what: RegExp): Promise<string> => {
      for (;;) {
        const line = lines.find((each) => what.test(each));
        if (line !== undefined) return line;
        await told.promise;
      }
    };
    try {
      const secret = /whsec_\S+/.exec(await said(/^Forwarding to /))?.[0] ?? "";
      await said(/^Connected\.$/);
      const { code, stdout } = await trigger("invoice.paid");
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^evt_\w+\n$/)]);
      const [first] = await receiver.until(1);
      expect(first?.headers).toMatchObject({ "webhook-id": stdout.trim(), "content-type": "application/json" });
      expect(first?.body).toMatch(
        /^\{"type":"invoice.paid","timestamp":"[^"]+","data":\{"big": 12345678901234567890\}\}$/,
      );
      new Webhook(secret).verify(first?.body ?? "", first?.headers as Record<string, string>);
      await said(/^invoice\.paid evt_\w+ → 200 in \d+ ms$/);

      const port = Number(new URL(world.server.url).port);
      await world[Symbol.asyncDispose]();
      await said(/broke.* Coming back in /);
      world = await startTestServer({ database, config: { rootKey: ROOT_KEY, port } });
      await world.client().post("/v1/tenants/listened/events", { type: "plain.type", data: 2 });
      await said(/^Connected again/);
      const [, second, ...more] = await receiver.until(2);
      expect([second?.body.endsWith('"data":2}'), more]).toEqual([true, []]);

      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(await said(/^posthorn: Stopped\./)).toMatch(/--cursor [\w-]+$/);
    } finally {
      child.kill("SIGKILL");
    }
  },
  TIMEOUT_MS,
);

test(
  "exit codes: a type without an example, an unknown one, a server that is not there, a refusal, a mistake",
  async () => {
    expect(await trigger("plain.type")).toMatchObject({ code: 1, stderr: expect.stringContaining("has no example") });
    expect(await trigger("unknown.type")).toMatchObject({ code: 1, stderr: expect.stringContaining("refused") });
    const listen = async (args: readonly string[]) => {
      const child = start(["listen", ...args]);
      const [stderr] = await Promise.all([text(child.stderr), once(child, "exit")]);
      return { code: child.exitCode, stderr };
    };
    const to = ["--forward-to", "http://127.0.0.1:9/"];
    expect(await listen(["--url", world.server.url])).toMatchObject({ code: 2 });
    const refused = await listen([...to, "--url", world.server.url, "--cursor", "nonsense"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/refused \(400\).*Gave up/) });
    const away = await listen([...to, "--url", "http://127.0.0.1:9/", "--tries", "1"]);
    expect(away).toMatchObject({ code: 1, stderr: expect.stringMatching(/Coming back in 0\.5 s[^]*Gave up/) });
  },
  TIMEOUT_MS,
);
