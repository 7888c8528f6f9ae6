import { afterAll, beforeAll, expect, test } from "vitest";

import { startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import type { DnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { checkTarget } from "./check-target.ts";
import { createEgressGuard } from "./egress-guard.ts";
import type { EgressGuard } from "./egress-guard.ts";
import { toBasicAuthorization } from "./to-basic-authorization.ts";

let dns: DnsServer;
let guard: EgressGuard;

beforeAll(async () => {
  dns = await startDnsServer();
  guard = createEgressGuard({ allow: [], nameServers: [dns.address], nowMs: () => performance.now() });
  dns.set("public.test", ["93.184.215.14", "2606:2800:21f:cb07::1"]);
  dns.set("inside.test", ["10.0.0.8"]);
  dns.set("both.test", ["93.184.215.14", "169.254.169.254"]);
  dns.set("six.test", ["93.184.215.14", "fe80::1"]);
  dns.set("broken.test", "failure");
});

afterAll(async () => {
  guard[Symbol.dispose]();
  await dns[Symbol.asyncDispose]();
});

const check = (url: string, resolve = true) => checkTarget(url, { guard, resolve });

test.each([
  ["https://example.com/hooks?a=b", "https://example.com/hooks?a=b"],
  ["HTTPS://EXAMPLE.com:443/", "https://example.com/"],
  ["http://example.com:8080/#part", "http://example.com:8080/"],
  ["https://8.8.8.8/", "https://8.8.8.8/"],
  ["https://[2606:4700:4700::1111]:65535/", "https://[2606:4700:4700::1111]:65535/"],
  ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
])("%s passes as %s", async (given, stored) => {
  expect(await check(given, false)).toEqual({ ok: true, url: stored, credentials: null });
});

test.each([
  ["", "url_invalid"],
  ["example.com", "url_invalid"],
  ["/hooks", "url_invalid"],
  ["https://", "url_invalid"],
  ["https://exa mple.com", "url_invalid"],
  ["https://example.com:65536/", "url_invalid"],
  ["https://example.com:0/", "url_invalid"],
  ["https://1.2.3.4.5/", "url_invalid"],
  ["https://[::1%25eth0]/", "url_invalid"],
  ["ftp://example.com/", "url_scheme"],
  ["file:///etc/passwd", "url_scheme"],
  ["javascript:alert(1)", "url_scheme"],
  [`https://example.com/${"a".repeat(2030)}`, "url_too_long"],
  [`https://example.com/${"ü".repeat(400)}`, "url_too_long"],
  ["https://us%3Aer:pw@example.com/", "url_credentials"],
  ["https://user:p%0Aw@example.com/", "url_credentials"],
])("%s is refused with %s", async (given, code) => {
  expect(await check(given, false)).toMatchObject({ ok: false, code });
});

test("a URL of exactly 2,048 characters passes", async () => {
  const url = "https://example.com/".padEnd(2048, "a");
  expect(await check(url, false)).toMatchObject({ ok: true, url });
});

test.each([
  "http://127.0.0.1/",
  "http://127.1/",
  "http://0x7f.1/",
  "http://0177.0.0.1/",
  "http://2130706433/",
  "http://0x7f000001/",
  "http://127.0.0.1./",
  "http://①②⑦.0.0.1/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[2002:7f00:1::]/",
  "http://0/",
  "http://169.254.169.254/latest/meta-data",
  "http://[fd00:ec2::254]/",
  "http://user:secret@10.0.0.1/",
])("the literal address of %s is refused without resolving", async (url) => {
  const verdict = await check(url, false);
  expect(verdict).toMatchObject({ ok: false, code: "address_forbidden" });
  expect(JSON.stringify(verdict)).not.toContain("secret");
});

test.each(["inside.test", "INSIDE.test.", "both.test", "six.test", "localhost", "localhost.", "a.localhost"])(
  "the name %s is refused because it resolves to a forbidden address",
  async (name) => {
    expect(await check(`https://${name}/`)).toMatchObject({ ok: false, code: "address_forbidden" });
  },
);

test.each(["public.test", "missing.test", "broken.test"])("the name %s passes", async (name) => {
  expect(await check(`https://${name}/`)).toMatchObject({ ok: true });
});

test("with resolve off no name server is asked", async () => {
  const asked = dns.questions.length;
  expect(await check("https://inside.test/", false)).toMatchObject({ ok: true });
  expect(await check("https://localhost/", false)).toMatchObject({ ok: true });
  expect(dns.questions.length).toBe(asked);
});

test("credentials leave the URL decoded, and become Basic", async () => {
  const verdict = await check("https://us%C3%A9r:p%40ss:w@example.com/h", false);
  expect(verdict).toEqual({ ok: true, url: "https://example.com/h", credentials: "usér:p@ss:w" });
  expect(await check("https://100%:x@example.com/", false)).toMatchObject({ credentials: "100%:x" });
  expect(await check("https://only@example.com/", false)).toMatchObject({ credentials: "only:" });
  expect(toBasicAuthorization("usér:p@ss:w")).toBe(`Basic ${btoa("us\u00c3\u00a9r:p@ss:w")}`);
});
