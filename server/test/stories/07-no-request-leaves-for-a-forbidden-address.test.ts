/**
 * Promise 7: no request leaves for a forbidden address, checked on the address really dialled. Receivers stand on the
 * loopback addresses of both families; of all loopback only one other address is allowed here, so a socket that reaches
 * them is a hole. Every entry point is tried, and after all of it they must have seen nothing.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryDelivery, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

/** Looked at when an endpoint is created; nobody dials it here. */
const PUBLIC_ADDRESS = "93.184.215.14";
const ALLOWED_ADDRESS = "127.0.0.2";

let server: TestServer;
let dns: DnsServer;
let inside: Receiver;
let insideIpv6: Receiver;
let allowed: Receiver;
let tenant: StoryTenant;
let names = 0;

beforeAll(async () => {
  dns = await startDnsServer();
  inside = await startReceiver();
  insideIpv6 = await startReceiver({ host: "::1" });
  allowed = await startReceiver({ host: ALLOWED_ADDRESS });
  server = await startTestServer({
    overrides: { nameServers: [dns.address] },
    config: { egressAllow: [`${ALLOWED_ADDRESS}/32`] },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  const sockets = [inside.sockets, insideIpv6.sockets];
  for (const receiver of [inside, insideIpv6, allowed]) await receiver[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
  expect(sockets).toEqual([0, 0]);
});
beforeEach(async () => {
  tenant = await storyTenant(server);
});

/** An endpoint whose name led to a public address when it was created, and leads to these from now on. */
async function rebound(addresses: readonly string[], port = inside.port): Promise<StoryEndpoint> {
  const name = `rebound-${(names += 1)}.test`;
  dns.set(name, [PUBLIC_ADDRESS]);
  const endpoint = await tenant.endpoint(`http://${name}:${port}/`);
  dns.set(name, addresses);
  return endpoint;
}

async function ended(endpoint: StoryEndpoint): Promise<StoryDelivery> {
  return tenant.delivery(await tenant.publish(), endpoint.id, "exhausted", "succeeded");
}

it("a request does leave for the address that is allowed, by number and by name", async () => {
  dns.set("allowed.test", [ALLOWED_ADDRESS]);
  for (const url of [allowed.url, `http://allowed.test:${allowed.port}/`]) {
    const endpoint = await tenant.endpoint(url);
    expect(await ended(endpoint)).toMatchObject({ state: "succeeded" });
    await tenant.client.delete(endpoint.path);
  }
});

it.each([
  ["as it is written", ["127.0.0.1", "[::1]", "localhost", "any.localhost", "LOCALHOST."]],
  [
    "as one number, in other bases, and short",
    ["2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1"],
  ],
  ["in full-width digits and with escapes", ["１２７.０.０.１", "127.0.0.%31", "127。0。0。1"]],
  [
    "as IPv6 around IPv4",
    ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
  ],
  ["as the unspecified address", ["0.0.0.0", "0", "[::]"]],
  ["of the link, where clouds keep their secrets", ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]"]],
  [
    "of private and other special ranges",
    ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "[fc00::1]", "224.0.0.1"],
  ],
])("refuses to create an endpoint at a forbidden address %s, or to move one there", async (_how, hosts) => {
  const { path } = await tenant.endpoint(`http://${PUBLIC_ADDRESS}/`);
  for (const host of hosts) {
    const url = `http://${host}:${host.includes("::1") ? insideIpv6.port : inside.port}/`;
    const created = await tenant.client.post(`${tenant.path}/endpoints`, { url });
    expect([host, created.status, created.body.errors?.[0]?.path]).toEqual([host, 400, "/url"]);
    expect(created.body.errors[0].code).toBe("address_forbidden");
    const moved = await tenant.client.patch(path, { url });
    expect([host, moved.status, moved.body.errors?.[0]?.code]).toEqual([host, 400, "address_forbidden"]);
  }
  expect((await tenant.client.get(`${tenant.path}/endpoints`)).body.data).toHaveLength(1);
});

it("refuses to create an endpoint whose name leads to a forbidden address, alone or beside others", async () => {
  const forbidden = {
    inside: ["127.0.0.1"],
    six: ["::1"],
    mixed: [PUBLIC_ADDRESS, "10.0.0.1"],
    mapped: ["::ffff:7f00:1"],
  };
  for (const [name, addresses] of Object.entries(forbidden)) {
    dns.set(`${name}.test`, addresses);
    const { status, body } = await tenant.client.post(`${tenant.path}/endpoints`, { url: `http://${name}.test/` });
    expect([name, status, body.errors?.[0]?.code]).toEqual([name, 400, "address_forbidden"]);
  }
});

it.each([
  ["to loopback", ["127.0.0.1"]],
  ["to loopback of the other family", ["::1"]],
  ["to a public address beside a forbidden one", [PUBLIC_ADDRESS, "127.0.0.1"]],
  ["to one that is allowed beside one that is not", [ALLOWED_ADDRESS, "127.0.0.1"]],
])("blocks a delivery whose name was moved %s: for good, and without blame", async (_where, addresses) => {
  const endpoint = await rebound(addresses, addresses.includes("::1") ? insideIpv6.port : inside.port);
  const delivery = await ended(endpoint);
  expect(delivery).toMatchObject({ state: "exhausted", lastClass: "blocked_address", attemptCount: 1 });
  expect(delivery.attempts[0]).toMatchObject({ outcome: "blocked", response: null, decision: "give_up" });
  expect((await tenant.client.get(endpoint.path)).body.status).toBe("active");
});

it("dials what it looked at, where a name answers differently at every question", async () => {
  const endpoint = await rebound([]);
  // Who asks once to check and once more to dial gets from the allowed address to the forbidden one.
  dns.set(`rebound-${names}.test`, ({ count }) => (count % 2 === 0 ? [ALLOWED_ADDRESS] : ["127.0.0.1"]));
  const classes = new Set<string>();
  for (let round = 0; round < 6; round += 1) classes.add((await tenant.post(`${endpoint.path}/test`)).class);
  expect(classes).toEqual(new Set(["connect_refused", "blocked_address"]));
});

it("blocks a retry and a resend, though the first request was let through", async () => {
  allowed.react(answer(500));
  const name = `rebound-${(names += 1)}.test`;
  dns.set(name, [ALLOWED_ADDRESS]);
  const endpoint = await tenant.endpoint(`http://${name}:${allowed.port}/`, { retryWaits: [5] });
  const event = await tenant.publish();
  await tenant.delivery(event, endpoint.id, "pending");
  // No socket that stands is used again for an address that is not to be dialled any more.
  allowed.closeSockets();
  dns.set(name, ["127.0.0.1"]);
  await server.advance(10_000);
  const retried = await tenant.delivery(event, endpoint.id, "exhausted");
  expect(retried.attempts.map(({ outcome }) => outcome)).toEqual(["blocked", "rejected"]);
  await tenant.post(`deliveries/${retried.id}/resend`);
  const resent = await server.until(async () => {
    const delivery = await tenant.delivery(event, endpoint.id, "exhausted");
    return delivery.run === 2 ? delivery : null;
  });
  expect(resent.attempts[0]).toMatchObject({ run: 2, outcome: "blocked" });
});

it("blocks a test in the same way", async () => {
  const endpoint = await rebound(["127.0.0.1"]);
  const attempt = await tenant.post(`${endpoint.path}/test`);
  expect(attempt).toMatchObject({ outcome: "blocked", class: "blocked_address", source: "test" });
});

it.each([301, 302, 303, 307, 308])(
  "follows no redirect: a %d from an allowed receiver leads nowhere",
  async (status) => {
    allowed.react(answer(status, { location: inside.url, refresh: `0; url=${inside.url}` }));
    const endpoint = await tenant.endpoint(allowed.url, { retryWaits: [] });
    const before = allowed.requests.length;
    expect(await ended(endpoint)).toMatchObject({ state: "exhausted", lastClass: "http_redirect" });
    expect(allowed.requests.length).toBe(before + 1);
  },
);
