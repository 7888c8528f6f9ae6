/**
 * Promise 7: no request leaves for a forbidden address, checked on the address really dialled. The receiver stands on
 * loopback, which is not allowed here: a request that reaches it is a hole. Every entry point is tried.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryTenant, storyTenant } from "../support/story-tenant.ts";

/** Looked at when an endpoint is created; nobody dials it here. */
const PUBLIC_ADDRESS = "93.184.215.14";

let server: TestServer;
let dns: DnsServer;
let receiver: Receiver;
let tenant: StoryTenant;

beforeAll(async () => {
  dns = await startDnsServer();
  receiver = await startReceiver();
  server = await startTestServer({ overrides: { nameServers: [dns.address] }, config: { egressAllow: [] } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
  expect(receiver.sockets).toBe(0);
  await receiver[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenant = await storyTenant(server);
});

it.each(["127.0.0.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254", "10.1.2.3"])(
  "refuses to create an endpoint at %s, or to move one there",
  async (host) => {
    const url = `http://${host}:${receiver.port}/`;
    const created = await tenant.client.post(`${tenant.path}/endpoints`, { url });
    expect(created.status).toBe(400);
    expect(created.body.errors).toMatchObject([{ path: "/url", code: "address_forbidden" }]);
    const { path } = await tenant.endpoint(`http://${PUBLIC_ADDRESS}/`);
    expect((await tenant.client.patch(path, { url })).status).toBe(400);
  },
);

it("refuses to create an endpoint whose name leads to a forbidden address, alone or beside others", async () => {
  dns.set("inside.test", ["127.0.0.1"]);
  dns.set("mixed.test", [PUBLIC_ADDRESS, "10.0.0.1"]);
  for (const name of ["inside.test", "mixed.test"]) {
    const { status } = await tenant.client.post(`${tenant.path}/endpoints`, { url: `http://${name}/` });
    expect(status).toBe(400);
  }
});

it("blocks a delivery whose name was moved to a forbidden address, for good and without blame", async () => {
  dns.set("moved.test", [PUBLIC_ADDRESS]);
  const endpoint = await tenant.endpoint(`http://moved.test:${receiver.port}/`);
  dns.set("moved.test", ["127.0.0.1"]);
  server.clock.advance(60_000);
  const event = await tenant.publish();
  const delivery = await tenant.delivery(event, endpoint.id, "exhausted", "succeeded");
  expect(delivery).toMatchObject({ state: "exhausted", lastClass: "blocked_address", attemptCount: 1 });
  expect(delivery.attempts[0]).toMatchObject({ outcome: "blocked", response: null, decision: "give_up" });
  expect((await tenant.client.get(endpoint.path)).body.status).toBe("active");
});

it("blocks a test in the same way", async () => {
  dns.set("tested.test", [PUBLIC_ADDRESS]);
  const endpoint = await tenant.endpoint(`http://tested.test:${receiver.port}/`);
  dns.set("tested.test", ["::1"]);
  const attempt = await tenant.post(`${endpoint.path}/test`);
  expect(attempt).toMatchObject({ outcome: "blocked", class: "blocked_address" });
});

it("follows no redirect, wherever it leads", async () => {
  await using inside = await startReceiver();
  await using allowed = await startTestServer();
  await using redirecting = await startReceiver({
    react: ({ response }) => void response.writeHead(302, { location: `${inside.url}/` }).end(),
  });
  const owner = await storyTenant(allowed);
  const endpoint = await owner.endpoint(redirecting.url, { retryWaits: [] });
  const event = await owner.publish();
  expect(await owner.delivery(event, endpoint.id, "exhausted")).toMatchObject({ lastClass: "http_redirect" });
  expect(inside.sockets).toBe(0);
});
