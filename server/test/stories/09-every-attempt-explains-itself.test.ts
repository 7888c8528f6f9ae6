/** Promise 9: every attempt says what was sent, what came back, how long it took, what was decided next and why. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { createCertificateAuthority } from "../../../devkit/receivers/make-certificate.ts";
import {
  answer,
  close,
  hang,
  holdUntil,
  invalidHttp,
  reset,
  stallInBody,
} from "../../../devkit/receivers/misbehaviours.ts";
import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { answerOk, type Reaction, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryTenant, storyTenant } from "../support/story-tenant.ts";

const DAY_MS = 86_400_000;
const PUBLIC_ADDRESS = "93.184.215.14";
const authority = createCertificateAuthority();
const stranger = createCertificateAuthority("An authority that nobody trusts");

let server: TestServer;
let dns: DnsServer;
let tenant: StoryTenant;
let receiver: Receiver;

beforeAll(async () => {
  dns = await startDnsServer();
  server = await startTestServer({
    overrides: { certificateAuthorities: [authority.certificate], nameServers: [dns.address] },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  receiver = await startReceiver();
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** The only attempt of one event, published to an endpoint that is tried once. */
async function attemptAt(url: string, settings: object = {}) {
  const endpoint = await tenant.endpoint(url, { retryWaits: [], timeoutMs: 1_000, ...settings });
  const event = await tenant.publish();
  const delivery = await tenant.delivery(event, endpoint.id, "succeeded", "exhausted");
  expect(delivery.attempts).toHaveLength(1);
  return { attempt: delivery.attempts[0], delivery };
}

it("says what was sent and what came back", async () => {
  receiver.react(answer(201, { "x-answer": "yes", "set-cookie": "a=b" }, "thank you"));
  const { attempt } = await attemptAt(`${receiver.url}/in?a=1`);
  const [request] = receiver.requests;
  expect(attempt).toMatchObject({
    number: 1,
    run: 1,
    source: "publish",
    startedAt: server.clock.now().toISOString(),
    outcome: "accepted",
    class: null,
    cause: null,
    address: "127.0.0.1",
    tls: null,
    decision: "finish",
    reason: "The receiver accepted with 201.",
    nextAt: null,
    request: {
      url: `${receiver.url}/in?a=1`,
      bytes: request?.body.byteLength,
      sha256: createHash("sha256")
        .update(request?.body ?? "")
        .digest("hex"),
      signedBy: [1],
    },
    response: { status: 201, body: "thank you", bodyBase64: null, bytes: 9, truncated: false },
  });
  const shown = new Map(attempt.request.headers.map(({ name, value }: Record<string, string>) => [name, value]));
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature", "posthorn-attempt", "user-agent"]) {
    expect(shown.get(name), name).toBe(request?.headers[name]);
  }
  const answered = attempt.response.headers.map(({ name }: { name: string }) => name);
  expect(answered).toContain("x-answer");
  expect(answered).not.toContain("set-cookie");
  expect(attempt.timings.totalMs).toBeGreaterThan(0);
  expect(attempt.timings.connectMs).not.toBeNull();
});

it("keeps the first 16 KiB of an answer, says that there was more, and shows bytes that are no text", async () => {
  receiver.react(answer(200, {}, "x".repeat(20_000)));
  const long = (await attemptAt(receiver.url)).attempt;
  expect(long.response).toMatchObject({ bytes: 20_000, truncated: true });
  expect(long.response.body).toHaveLength(16 * 1024);
  receiver.react(answer(200, {}, Buffer.from([0xff, 0x00, 0xfe])));
  tenant = await storyTenant(server);
  const binary = (await attemptAt(receiver.url)).attempt;
  expect(binary.response).toMatchObject({ body: null, bodyBase64: "/wD+" });
});

it.each<[string, string, Reaction, number | null]>([
  ["http_redirect", "rejected", answer(302, { location: "/" }), 302],
  ["http_gone", "rejected", answer(410), 410],
  ["http_rate_limited", "rejected", answer(429), 429],
  ["http_client_error", "rejected", answer(404), 404],
  ["http_server_error", "rejected", answer(500), 500],
  ["http_gateway", "rejected", answer(502), 502],
  ["headers_timeout", "timed_out", hang, null],
  ["body_timeout", "timed_out", stallInBody, null],
  ["connection_reset", "unreachable", reset, null],
  ["connection_reset", "unreachable", close, null],
  ["response_invalid", "rejected", invalidHttp, null],
])("names %s (%s), with a cause, advice and a reason in words", async (expected, outcome, reaction, status) => {
  receiver.react(reaction);
  const { attempt, delivery } = await attemptAt(receiver.url);
  expect(attempt).toMatchObject({ class: expected, outcome, decision: "give_up", nextAt: null });
  if (status !== null) expect(attempt.response.status).toBe(status);
  for (const words of [attempt.cause, attempt.advice, attempt.reason]) expect(words).toMatch(/^[A-Z].{20,}\.$/);
  expect(delivery).toMatchObject({ state: "exhausted", lastClass: expected });
});

it("names a receiver that is not there", async () => {
  const { port } = receiver;
  await receiver[Symbol.asyncDispose]();
  const { attempt } = await attemptAt(`http://127.0.0.1:${port}/`);
  expect(attempt).toMatchObject({ class: "connect_refused", outcome: "unreachable", response: null });
  expect(attempt.reason).toMatch(
    new RegExp(`^No connection was made \\(127.0.0.1 port ${port}: ECONNREFUSED\\)\\. Try 1 of 1 failed`),
  );
  receiver = await startReceiver();
});

it("names a receiver that takes connections and never secures them", async () => {
  const mute = createServer().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const { attempt } = await attemptAt(`https://127.0.0.1:${(mute.address() as AddressInfo).port}/`);
  expect(attempt).toMatchObject({ class: "connect_timeout", outcome: "unreachable", response: null });
  expect(attempt.timings).toMatchObject({ connectMs: expect.any(Number), tlsMs: null, firstByteMs: null });
  mute.close();
});

it.each([
  ["dns_not_found", "not_found"],
  ["dns_timeout", "failure"],
  ["dns_timeout", "silence"],
] as const)("names %s, where the name server's answer is %s", async (expected, scripted) => {
  dns.set(`${scripted}.test`, scripted);
  const { attempt } = await attemptAt(`http://${scripted.replace("_", "-")}.test/`);
  expect(attempt).toMatchObject({ class: expected, outcome: "unreachable", response: null, address: null });
  expect(attempt.timings).toMatchObject({ connectMs: null, firstByteMs: null, reused: false });
});

it("names an address that no request may leave for, and blames nobody", async () => {
  dns.set("moved.test", [PUBLIC_ADDRESS]);
  const endpoint = await tenant.endpoint("http://moved.test/");
  dns.set("moved.test", ["10.1.2.3"]);
  const { attempts } = await tenant.delivery(await tenant.publish(), endpoint.id, "exhausted");
  expect(attempts[0]).toMatchObject({
    class: "blocked_address",
    outcome: "blocked",
    decision: "give_up",
    address: null,
    reason: expect.stringMatching(/10\.1\.2\.3 .*no request left/),
  });
});

it("says that a receiver asked for time, and until when", async () => {
  receiver.react(answer(503, { "retry-after": "120" }));
  const endpoint = await tenant.endpoint(receiver.url);
  const { attempts } = await tenant.delivery(await tenant.publish(), endpoint.id, "pending");
  expect(attempts[0]).toMatchObject({
    class: "http_gateway",
    decision: "defer",
    nextAt: new Date(server.clock.nowMs() + 120_000).toISOString(),
    reason: expect.stringMatching(/Retry-After.*deferral 1 of 20/),
  });
});

it("says that an endpoint was disabled while its request was on its way", async () => {
  const released = Promise.withResolvers<void>();
  receiver.react(holdUntil(released.promise, answer(500)));
  const endpoint = await tenant.endpoint(receiver.url);
  const event = await tenant.publish();
  await receiver.waitForRequests(1);
  await tenant.post(`${endpoint.path}/disable`);
  released.resolve();
  const { attempts, reason } = await tenant.delivery(event, endpoint.id, "cancelled");
  expect(reason).toBe("endpoint_disabled");
  expect(attempts[0]).toMatchObject({ decision: "cancel", reason: expect.stringContaining("disabled meanwhile") });
});

it("shows a connection that stood already, with nothing spent on making it", async () => {
  const endpoint = await tenant.endpoint(receiver.url);
  const timings = [];
  for (let sent = 0; sent < 2; sent += 1) {
    const { attempts } = await tenant.delivery(await tenant.publish(), endpoint.id, "succeeded");
    timings.push(attempts[0].timings);
  }
  expect(timings).toMatchObject([
    { reused: false, connectMs: expect.any(Number) },
    { reused: true, dnsMs: null, connectMs: null },
  ]);
});

it.each([
  [
    "tls_expired",
    authority.issue({ names: ["127.0.0.1"], notAfter: new Date(Date.now() - DAY_MS), notBefore: new Date(0) }),
  ],
  ["tls_name", authority.issue({ names: ["other.example"] })],
  ["tls_chain", stranger.issue({ names: ["127.0.0.1"] })],
] as const)("names %s, and says which certificate it was", async (expected, certificate) => {
  await using secure = await startReceiver({ certificate });
  const { attempt } = await attemptAt(secure.url);
  expect(attempt).toMatchObject({ class: expected, response: null });
  expect(attempt.tls).toMatchObject({
    authorized: false,
    peer: { fingerprint256: expect.stringMatching(/^[0-9A-F:]{95}$/) },
  });
  expect(secure.requests).toHaveLength(0);
});

it("shows the protocol and the certificate of a secure receiver", async () => {
  await using secure = await startReceiver({ certificate: authority.issue({ names: ["127.0.0.1"] }) });
  const { attempt } = await attemptAt(secure.url);
  expect(attempt.tls).toMatchObject({ authorized: true, protocol: expect.stringMatching(/^TLSv1/) });
  expect(attempt.tls.peer.subject).toContain("127.0.0.1");
});

it("says when the next try is and why, and never changes what it said", async () => {
  receiver.react(answer(500));
  const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [60, 60] });
  const event = await tenant.publish();
  const first = (await tenant.delivery(event, endpoint.id, "pending")).attempts[0];
  expect(first).toMatchObject({ decision: "retry", number: 1 });
  expect(first.reason).toMatch(/^Try 1 of 3 failed \(http_server_error, 500\)\./);
  expect(first.nextAt).not.toBeNull();
  receiver.react(answerOk);
  await server.advance(120_000);
  const done = await tenant.delivery(event, endpoint.id, "succeeded");
  await tenant.post(`deliveries/${done.id}/resend`);
  const resent = await server.until(async () => {
    const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
    return delivery.run === 2 ? delivery : null;
  });
  expect(resent.attempts.at(-1)).toEqual(first);
  expect(resent.attempts.map(({ run, number }) => [run, number])).toEqual([
    [2, 1],
    [1, 2],
    [1, 1],
  ]);

  // Whatever becomes of the endpoint later.
  await tenant.post(`${endpoint.path}/secrets/rotate`, { overlapSeconds: 0 });
  await tenant.client.patch(endpoint.path, { url: `${receiver.url}/elsewhere`, headers: { "x-later": "yes" } });
  await tenant.client.delete(endpoint.path);
  expect((await tenant.client.get(`${tenant.path}/deliveries/${done.id}`)).body.attempts).toEqual(resent.attempts);
});
