import { expect, onTestFinished, test } from "vitest";

import { answer, holdUntil } from "../../../../devkit/receivers/misbehaviours.ts";
import { createCertificateAuthority } from "../../../../devkit/receivers/make-certificate.ts";
import type { IssuedCertificate } from "../../../../devkit/receivers/make-certificate.ts";
import { startDnsServer } from "../../../../devkit/receivers/start-dns-server.ts";
import { answerOk, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { classifyExchange } from "./classify-exchange.ts";
import { createCourier } from "./deliver.ts";

const trusted = createCertificateAuthority("Trusted authority");
const unknown = createCertificateAuthority("Unknown authority");
const HOUR_MS = 3_600_000;
const accepted = { outcome: "accepted", class: null };

async function setup(certificate: IssuedCertificate, limits?: { idleOrigins: number }) {
  const dns = await startDnsServer();
  for (const name of ["shop.test", "other.test"]) dns.set(name, ["127.0.0.1"]);
  const receiver = await startReceiver({ certificate });
  const guard = createEgressGuard({
    allow: ["127.0.0.0/8"],
    nameServers: [dns.address],
    nowMs: () => performance.now(),
  });
  const courier = createCourier({
    guard,
    now: () => new Date(0),
    certificateAuthorities: [trusted.certificate],
    limits,
  });
  onTestFinished(async () => {
    await courier[Symbol.asyncDispose]();
    guard[Symbol.dispose]();
    await receiver[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });
  const deliver = (options: { host?: string; verifyTls?: boolean } = {}) =>
    courier.deliver({
      url: `https://${options.host ?? "shop.test"}:${receiver.port}/`,
      authorization: null,
      headers: [],
      body: Buffer.from("{}"),
      timeoutMs: 5_000,
      verifyTls: options.verifyTls ?? true,
    });
  return { receiver, courier, deliver };
}

test("a trusted certificate for the name is accepted, and its facts are recorded", async () => {
  const { deliver, receiver } = await setup(trusted.issue({ names: ["shop.test"] }));
  const exchange = await deliver();
  expect(classifyExchange(exchange)).toEqual(accepted);
  expect(exchange.timings.tlsMs).toEqual(expect.any(Number));
  expect(exchange.tls).toEqual({
    protocol: "TLSv1.3",
    cipher: expect.stringMatching(/^TLS_/),
    authorized: true,
    authorizationError: null,
    alpn: "http/1.1",
    peer: {
      subject: "CN=shop.test",
      issuer: "CN=Trusted authority",
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    },
  });
  expect(receiver.requests[0]?.headers["host"]).toBe(`shop.test:${receiver.port}`);
});

test("a certificate for a literal address is accepted at that address", async () => {
  const { deliver } = await setup(trusted.issue({ names: ["127.0.0.1"] }));
  expect(classifyExchange(await deliver({ host: "127.0.0.1" }))).toEqual(accepted);
});

test("a name with a final dot is the same name to its certificate", async () => {
  const { deliver } = await setup(trusted.issue({ names: ["shop.test"] }));
  expect(classifyExchange(await deliver({ host: "shop.test." }))).toEqual(accepted);
});

test.each([
  ["expired", trusted.issue({ names: ["shop.test"], notAfter: new Date(Date.now() - HOUR_MS) }), "tls_expired"],
  ["not valid yet", trusted.issue({ names: ["shop.test"], notBefore: new Date(Date.now() + HOUR_MS) }), "tls_expired"],
  ["for another name", trusted.issue({ names: ["other.test"] }), "tls_name"],
  ["of an unknown authority", unknown.issue({ names: ["shop.test"] }), "tls_chain"],
])(
  "a certificate that is %s is refused before a byte of the request goes out",
  async (_what, certificate, expected) => {
    const { receiver, deliver } = await setup(certificate);
    const exchange = await deliver();
    expect(classifyExchange(exchange)).toEqual({ outcome: "unreachable", class: expected });
    expect(exchange.tls).toMatchObject({ authorized: false, peer: { fingerprint256: expect.any(String) } });
    expect(receiver.requests).toEqual([]);

    const unverified = await deliver({ verifyTls: false });
    expect(classifyExchange(unverified)).toEqual(accepted);
    expect(unverified.tls).toMatchObject({ authorized: false });
  },
);

test("a socket that was not verified is never used where verification is asked for", async () => {
  const { receiver, deliver } = await setup(unknown.issue({ names: ["shop.test"] }));
  for (let round = 0; round < 3; round += 1) {
    expect(classifyExchange(await deliver({ verifyTls: false }))).toEqual(accepted);
    expect(classifyExchange(await deliver({ verifyTls: true }))).toMatchObject({ class: "tls_chain" });
  }
  expect(receiver.requests.length).toBe(3);
  expect(new Set(receiver.requests.map(({ socketId }) => socketId)).size).toBe(1);
});

test("the modes do not share sockets of a good certificate either", async () => {
  const { receiver, deliver } = await setup(trusted.issue({ names: ["shop.test"] }));
  for (const verifyTls of [false, true, false, true]) await deliver({ verifyTls });
  const [a, b, c, d] = receiver.requests.map(({ socketId }) => socketId);
  expect([a, b]).toEqual([c, d]);
  expect(a).not.toBe(b);
});

test("a TLS session made without verification is not resumed where verification is asked for", async () => {
  const { receiver, deliver } = await setup(unknown.issue({ names: ["shop.test"] }));
  receiver.react(answer(200, { connection: "close" }));
  for (let round = 0; round < 3; round += 1) {
    expect(classifyExchange(await deliver({ verifyTls: false }))).toEqual(accepted);
    expect(classifyExchange(await deliver({ verifyTls: true }))).toMatchObject({ class: "tls_chain" });
  }
});

test("names that share an address and a port share no socket", async () => {
  const { receiver, deliver } = await setup(trusted.issue({ names: ["shop.test"] }));
  expect(classifyExchange(await deliver())).toEqual(accepted);
  expect(classifyExchange(await deliver({ host: "other.test" }))).toMatchObject({ class: "tls_name" });
  expect(receiver.requests.length).toBe(1);
});

test("a verified session is resumed on the next socket, and still shows whose certificate it was", async () => {
  const { receiver, deliver } = await setup(trusted.issue({ names: ["shop.test"] }));
  receiver.react(answer(200, { connection: "close" }));
  await deliver();
  const second = await deliver();
  expect(classifyExchange(second)).toEqual(accepted);
  expect(second.tls).toMatchObject({ authorized: true, peer: { subject: "CN=shop.test" } });
  expect(receiver.resumedSessions).toBe(1);
});

test("plain HTTP on an https port and the other way round say so", async () => {
  const { receiver, courier, deliver } = await setup(trusted.issue({ names: ["shop.test"] }));
  const plain = await startReceiver();
  onTestFinished(() => plain[Symbol.asyncDispose]());
  const request = { authorization: null, headers: [], body: Buffer.from("{}"), timeoutMs: 5_000, verifyTls: true };
  const toPlain = await courier.deliver({ ...request, url: `https://127.0.0.1:${plain.port}/` });
  expect(classifyExchange(toPlain)).toEqual({ outcome: "rejected", class: "response_invalid" });
  const toTls = await courier.deliver({ ...request, url: `http://127.0.0.1:${receiver.port}/` });
  expect(["rejected", "unreachable"]).toContain(classifyExchange(toTls).outcome);
  expect(classifyExchange(await deliver())).toEqual(accepted);
});

test("a receiver that hangs over TLS ends in the request's own time", async () => {
  const { receiver, courier } = await setup(trusted.issue({ names: ["shop.test"] }));
  const never = Promise.withResolvers<void>();
  receiver.react(holdUntil(never.promise, answerOk));
  const url = `https://shop.test:${receiver.port}/`;
  const exchange = await courier.deliver({
    url,
    authorization: null,
    headers: [],
    body: Buffer.from("{}"),
    timeoutMs: 300,
    verifyTls: true,
  });
  expect(classifyExchange(exchange)).toEqual({ outcome: "timed_out", class: "headers_timeout" });
});
