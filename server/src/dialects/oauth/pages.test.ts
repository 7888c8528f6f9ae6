/** The approval page: what it lets a browser do, and that nothing of what it is sent becomes markup. */
import { createHash } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../../test/support/start-server.ts";

const MARKUP = `"><script>alert(1)</script>'&`;
const ESCAPED = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer({ config: { publicUrl: "https://hooks.example.com/base/", defaultTenant: "default" } });
});
afterAll(() => world[Symbol.asyncDispose]());

async function ask(path: string, fields?: Readonly<Record<string, string>>) {
  const init = fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) };
  const response = await fetch(new URL(path, world.server.url), init);
  return { status: response.status, headers: response.headers, page: await response.text() };
}

const person = { tenant: "default", email: "ada@example.com", password: "correct horse battery" };

test.each([
  ["the first form", "/device", undefined, 200],
  ["a mistake", "/device", { ...person, user_code: "BBBB-BBBB" }, 403],
  ["what is not there", "/device/nothing", undefined, 404],
  ["a decision without proof", "/device/decision", { proof: "x", decision: "approve" }, 403],
  ["a decision that is none", "/device/decision", { proof: "x", decision: "maybe" }, 400],
])("%s is plain HTML that may run, load, frame and keep nothing", async (_name, path, fields, expected) => {
  const { status, headers, page } = await ask(path, fields);
  expect(status).toBe(expected);
  const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(Object.fromEntries(headers)).toMatchObject({
    "content-type": expect.stringMatching(/^text\/html/),
    "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  expect(headers.has("set-cookie")).toBe(false);
  expect(page).not.toMatch(/<script|\son[a-z]+=|javascript:|src=|href=/i);
});

test("whatever was typed comes back as text, and a password not at all", async () => {
  const typed = { user_code: MARKUP, tenant: MARKUP, email: MARKUP, password: "secret that was typed" };
  const { status, page } = await ask("/device", typed);
  expect(status).toBe(403);
  expect(page.split(ESCAPED).length - 1).toBe(3);
  expect(page).not.toContain("<script");
  expect(page).not.toContain("secret that was typed");
  const { page: prefilled } = await ask(`/device?user_code=${encodeURIComponent(MARKUP)}`);
  expect(prefilled).toContain(ESCAPED);
});

test("a link with a code prefills it and decides nothing; the default tenant is suggested", async () => {
  const { page } = await ask("/device?user_code=WDJB-MJHT");
  expect(page).toContain('value="WDJB-MJHT"');
  expect(page).toContain('value="default"');
  expect(page).not.toContain('name="decision"');
  const { page: cut } = await ask(`/device?user_code=${"B".repeat(100)}`);
  expect(cut).toContain(`value="${"B".repeat(32)}"`);
});

test("links stand below the public URL, and forms go to where the page is", async () => {
  const begin = await ask("/oauth/device_authorization", { client_id: "posthorn_cli" });
  expect(JSON.parse(begin.page)).toMatchObject({ verification_uri: "https://hooks.example.com/base/device" });
  expect((await ask("/device")).page).toContain('action="device"');
});
