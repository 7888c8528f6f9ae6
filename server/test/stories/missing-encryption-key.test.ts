/** An encryption key that is missing, or another under the same id: what needs it waits, nothing fails, nothing is lost. */
import { randomBytes } from "node:crypto";

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { verifyAudit } from "../../src/core/audit/verify-audit.ts";
import { parseKeyRing } from "../../src/core/encryption/key-ring.ts";
import { fromUuidId } from "../../src/core/ids/public-id.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestServer } from "../support/start-server.ts";
import { startWatchedServer, type WatchedServer } from "../support/start-watched-server.ts";
import { EVENT_TYPE, storyTenant } from "../support/story-tenant.ts";

const KEY_A = `a:${randomBytes(32).toString("base64")}`;
const KEY_B = `b:${randomBytes(32).toString("base64")}`;
const OTHER_A = `a:${randomBytes(32).toString("base64")}`;
const MINUTE_MS = 60_000;

let database: TestDatabase;
let receiver: Receiver;
let now = new Date();
beforeAll(async () => {
  database = await openTestDatabase({ now });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function withRing(encryptionKeys: string, use: (server: WatchedServer) => Promise<void>): Promise<void> {
  await using watched = await startWatchedServer({ database, encryptionKeys, now, logLevel: "info" });
  await use(watched);
  now = watched.clock.now();
}

test.each([
  ["without the key", KEY_B],
  ["with another key of the same id", OTHER_A],
])("%s deliveries wait, lists say why, and they go out when the key is back", async (_, ring) => {
  let path = "";
  let secret = "";
  const before = receiver.requests.length;
  receiver.react(({ response }) => void response.writeHead(500).end());
  await withRing(KEY_A, async ({ newTenant, send, recorded }) => {
    path = await newTenant("a.b");
    const headers = { "x-key": "v" };
    const endpoint = await send("POST", `${path}/endpoints`, { url: receiver.url, headers, retryWaits: [5, 5, 5] });
    secret = String(endpoint["secret"]);
    await send("POST", `${path}/events`, { type: "a.b", data: { n: 1 } });
    await recorded(1);
  });

  receiver.react(({ response }) => void response.writeHead(200).end());
  await withRing(ring, async ({ server, clock, log, send, settled }) => {
    expect(log).toContainEqual(expect.objectContaining({ msg: expect.stringContaining("encryption key"), keyId: "a" }));
    // One that waits for its retry, and one that is published now.
    clock.advance(MINUTE_MS);
    await server.engine.dispatchOnce();
    await settled(1);
    await send("POST", `${path}/events`, { type: "a.b", data: { n: 2 } });
    await server.engine.dispatchOnce();
    const { data } = await send("GET", `${path}/deliveries`);
    expect(data).toMatchObject([{ state: "pending" }, { state: "pending", lastClass: "key_unavailable" }]);
    expect(receiver.requests.length - before).toBe(1);
  });

  await withRing(`${KEY_B},${KEY_A}`, async ({ server, clock, send, recorded }) => {
    clock.advance(MINUTE_MS);
    await server.engine.dispatchOnce();
    await recorded(2);
    const { data } = await send("GET", `${path}/deliveries`);
    expect(data).toMatchObject([{ state: "succeeded" }, { state: "succeeded" }]);
  });
  const verifier = new Webhook(secret);
  const delivered = receiver.requests.slice(before + 1);
  for (const { body, headers } of delivered) {
    expect(verifySignature(verifier, body, headers)).toBe(true);
    expect(headers["x-key"]).toBe("v");
  }
  expect(delivered).toHaveLength(2);
});

test("another key under the same id seals and signs nothing: changes are refused, publishes are taken", async () => {
  receiver.react(({ response }) => void response.writeHead(200).end());
  const start = (encryptionKeys: string, rootKey: string) =>
    startTestServer({ database, config: { encryptionKeys, rootKey } });
  const rootKey = `root-${randomBytes(16).toString("hex")}`;
  const right = await start(KEY_A, rootKey);
  const tenant = await storyTenant(right);
  const endpoint = await tenant.endpoint(receiver.url);
  const first = await tenant.post(`${endpoint.path}/secrets/rotate`);
  await right[Symbol.asyncDispose]();

  const wrong = await start(OTHER_A, rootKey);
  const client = wrong.client();
  for (const refused of [
    () => client.request("POST", `${endpoint.path}/secrets/rotate`, { onConflict: "expire_old" }),
    () => client.request("POST", `${tenant.path}/endpoints`, { url: receiver.url }),
    () => client.request("POST", `${endpoint.path}/pause`, {}),
    () => client.request("POST", `${tenant.path}/api-keys`, { name: "x", scopes: ["events:read"] }),
  ]) {
    // The document's default stands for faults of ours, which a wrong key is, and excuses no answer in a test.
    await expect(refused()).rejects.toThrow(/undeclared status 503.*key_unavailable/);
  }
  const published = await client.post(`${tenant.path}/events`, { type: EVENT_TYPE, data: 1 });
  expect(published.status).toBe(202);
  await wrong[Symbol.asyncDispose]();

  await using back = await start(KEY_A, rootKey);
  const audit = await verifyAudit({
    database,
    keyRing: parseKeyRing(KEY_A),
    tenantId: fromUuidId("ten", (await back.client().get(tenant.path)).body.id) ?? "",
  });
  expect(audit.ok).toBe(true);
  const shown = await back.client().post(`${endpoint.path}/secrets/reveal`, {});
  expect(shown.body).toMatchObject({ number: 2, secret: first.secret });
});

/** The fake clock is minutes ahead of the verifier's, within its tolerance. */
function verifySignature(verifier: Webhook, body: Buffer, headers: Readonly<Record<string, string>>): boolean {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  return headers["webhook-signature"] === verifier.sign(String(headers["webhook-id"]), at, body.toString());
}
