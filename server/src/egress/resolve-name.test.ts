import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { readHostsFile } from "./read-hosts-file.ts";
import { NameResolver } from "./resolve-name.ts";

async function setup(options: { hosts?: string } = {}) {
  const dns = await startDnsServer();
  const clock = { nowMs: 0 };
  const hostsFile = join(await mkdtemp(join(tmpdir(), "posthorn-hosts-")), "hosts");
  if (options.hosts !== undefined) await writeFile(hostsFile, options.hosts);
  const resolver = new NameResolver({ nowMs: () => clock.nowMs, nameServers: [dns.address], hostsFile });
  onTestFinished(async () => {
    resolver[Symbol.dispose]();
    await dns[Symbol.asyncDispose]();
  });
  return { dns, clock, resolver };
}

test("a name has the addresses of both families", async () => {
  const { dns, resolver } = await setup();
  dns.set("a.test", ["93.184.215.14", "93.184.215.15", "2606:2800::1"]);
  expect(await resolver.resolve("A.test.")).toEqual({
    ok: true,
    addresses: ["93.184.215.14", "93.184.215.15", "2606:2800::1"],
  });
});

test("an answer is kept for its TTL, and for 30 s at most", async () => {
  const { dns, clock, resolver } = await setup();
  dns.set("short.test", ({ count }) => [`93.184.215.${count}`], 5);
  dns.set("long.test", ({ count }) => [`93.184.215.${count}`], 3600);
  await resolver.resolve("short.test");
  await resolver.resolve("long.test");
  clock.nowMs = 4_999;
  expect(await resolver.resolve("short.test")).toMatchObject({ addresses: ["93.184.215.0"] });
  clock.nowMs = 5_000;
  expect(await resolver.resolve("short.test")).toMatchObject({ addresses: ["93.184.215.1"] });
  clock.nowMs = 29_999;
  expect(await resolver.resolve("long.test")).toMatchObject({ addresses: ["93.184.215.0"] });
  clock.nowMs = 30_000;
  expect(await resolver.resolve("long.test")).toMatchObject({ addresses: ["93.184.215.1"] });
});

test("a name that does not exist is not found, and is asked for again after 5 s", async () => {
  const { dns, clock, resolver } = await setup();
  expect(await resolver.resolve("new.test")).toMatchObject({ ok: false, code: "dns_not_found" });
  dns.set("new.test", ["93.184.215.14"]);
  clock.nowMs = 4_999;
  expect(await resolver.resolve("new.test")).toMatchObject({ ok: false });
  clock.nowMs = 5_000;
  expect(await resolver.resolve("new.test")).toMatchObject({ ok: true });
});

test("a name with no address of either family is not found", async () => {
  const { dns, resolver } = await setup();
  dns.set("empty.test", []);
  expect(await resolver.resolve("empty.test")).toMatchObject({ ok: false, code: "dns_not_found" });
});

test("a name server that fails counts as one that gave no answer", async () => {
  const { dns, resolver } = await setup();
  dns.set("broken.test", "failure");
  expect(await resolver.resolve("broken.test")).toMatchObject({ ok: false, code: "dns_timeout" });
});

test("a silent name server ends as dns_timeout by itself", { timeout: 15_000 }, async () => {
  const { dns, resolver } = await setup();
  dns.set("silent.test", "silence");
  expect(await resolver.resolve("silent.test")).toMatchObject({ ok: false, code: "dns_timeout" });
});

test("while many names are dead another resolves at once", async () => {
  const { dns, resolver } = await setup();
  const names = Array.from({ length: 100 }, (_, index) => `dead-${index}.test`);
  for (const name of names) dns.set(name, "silence");
  dns.set("alive.test", ["93.184.215.14"]);
  let deadEnded = 0;
  for (const name of names) void resolver.resolve(name).then(() => (deadEnded += 1));
  expect(await resolver.resolve("alive.test")).toMatchObject({ ok: true });
  expect(deadEnded).toBe(0);
});

test("a family whose name server is silent does not hold back the other", async () => {
  const { dns, resolver } = await setup();
  dns.set("half.test", ({ family }) => (family === 6 ? "silence" : ["93.184.215.14"]));
  const startedAtMs = performance.now();
  expect(await resolver.resolve("half.test")).toMatchObject({ addresses: ["93.184.215.14"] });
  expect(performance.now() - startedAtMs).toBeLessThan(1_900);
});

test("those who ask for the same name at once share one flight", async () => {
  const { dns, resolver } = await setup();
  dns.set("shared.test", ["93.184.215.14"]);
  await Promise.all(Array.from({ length: 50 }, () => resolver.resolve("shared.test")));
  expect(dns.questions.length).toBe(2);
});

test("localhost and names below it are loopback and never asked for", async () => {
  const { dns, resolver } = await setup();
  dns.set("localhost", ["93.184.215.14"]);
  for (const name of ["localhost", "LOCALHOST.", "app.localhost"]) {
    expect(await resolver.resolve(name)).toEqual({ ok: true, addresses: ["127.0.0.1", "::1"] });
  }
  expect(dns.questions.length).toBe(0);
});

test("the hosts file stands before name servers", async () => {
  const { dns, resolver } = await setup({ hosts: "10.1.2.3  Intranet.test alias\n" });
  dns.set("intranet.test", ["93.184.215.14"]);
  expect(await resolver.resolve("intranet.test")).toEqual({ ok: true, addresses: ["10.1.2.3"] });
  expect(await resolver.resolve("alias")).toEqual({ ok: true, addresses: ["10.1.2.3"] });
});

test("a hosts file is read past comments, repeated names and nonsense", () => {
  const hosts = readHostsFile("# top\n127.0.0.1 a b # c\n\n::1\ta\nnonsense x\nfe80::1%lo0 y\r\n");
  expect([...hosts]).toEqual([
    ["a", ["127.0.0.1", "::1"]],
    ["b", ["127.0.0.1"]],
  ]);
});
