/** Requests that are sent again under an `Idempotency-Key` (section 3.2). */
import { createHash } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { beginRequest } from "../../../src/core/idempotency/begin-request.ts";
import { fromUuidId } from "../../../src/core/ids/public-id.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { problem, UNKNOWN_ID } from "./fixtures.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, type OrganizationClient, WEBHOOKS } from "./organization-client.ts";

let world: TestServer;
let organization: Organization;
let send: OrganizationClient;
beforeAll(async () => {
  world = await startTestServer();
  organization = await openOrganization(world);
  send = clientOf(organization);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const URL = { url: "https://example.com/hook" };
const create = (headers: Record<string, string> = {}, body: object = URL) =>
  send({ method: "POST", path: WEBHOOKS, body, headers });
const key = (text: string) => ({ "idempotency-key": text });

test("the same key and body get the same secret again, once made and sealed at rest", async () => {
  const first = await create(key("create-1"));
  const again = await create(key("create-1"));
  expect([again.status, again.body, again.headers.get("content-type")]).toEqual([
    201,
    first.body,
    first.headers.get("content-type"),
  ]);
  const rotate = () => send({ method: "POST", path: `${WEBHOOKS}/${first.body.id}/rotate`, headers: key("rotate-1") });
  const [rotated, repeated] = [await rotate(), await rotate()];
  expect([repeated.status, repeated.text]).toEqual([200, rotated.text]);
  expect(rotated.body.signingSecret).not.toBe(first.body.signingSecret);
  const rows = await world.database.query({ name: "all-answers", text: "select * from idempotent_answers" }, []);
  for (const { body } of [first, rotated]) expect(JSON.stringify(rows)).not.toContain(body.signingSecret);
  await world.advance(24 * 3600 * 1000);
  expect((await create(key("create-1"))).body.id).not.toBe(first.body.id);
});

test("a change is repeated as it was answered, whatever happened since", async () => {
  const { body: endpoint } = await create();
  const path = `${WEBHOOKS}/${endpoint.id}`;
  const pause = () => send({ method: "PATCH", path, body: { paused: true }, headers: key("pause-1") });
  const first = await pause();
  await send({ method: "PATCH", path, body: { paused: false } });
  expect((await pause()).text).toBe(first.text);
  expect((await send({ method: "GET", path })).body.paused).toBe(false);
});

test("the same key with another body is 422, of another caller it is another key", async () => {
  await create(key("reused"));
  const { status, body } = await create(key("reused"), { ...URL, description: "other" });
  const detail = expect.any(String);
  expect([status, body]).toEqual([422, problem(422, "idempotency_key_reuse", "Idempotency key reused", { detail })]);
  const { token } = await organization.createKey();
  const other = { method: "POST", path: WEBHOOKS, body: { ...URL, description: "other" }, headers: key("reused") };
  expect((await send({ ...other, token })).status).toBe(201);
});

test.each([
  ["POST", ""],
  ["PATCH", `/${UNKNOWN_ID}`],
])("while the first %s runs it is 409", async (method, below) => {
  const { id, token } = await organization.createKey();
  const path = `${WEBHOOKS}${below}`;
  const scope = `api_key:${fromUuidId("key", id)} ${method} ${path}`;
  const fingerprint = createHash("sha256").update(JSON.stringify(URL)).digest();
  await beginRequest({ context: world.server.context, scope, key: "running", fingerprint });
  const { status, body, headers } = await send({ method, path, body: URL, token, headers: key("running") });
  const detail = expect.any(String);
  expect([status, body]).toEqual([409, problem(409, "idempotency_in_progress", "Request in progress", { detail })]);
  expect(headers.get("retry-after")).toBe("1");
});

test("a key has at most 200 characters", async () => {
  expect((await create(key("k".repeat(200)))).status).toBe(201);
  const { status, body } = await create(key("k".repeat(201)));
  expect([status, body.code, body.errors[0].path]).toEqual([422, "validation_failed", "idempotency-key"]);
});
