import { createHash } from "node:crypto";

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { beginRequest } from "../../../core/idempotency/begin-request.ts";
import { finishRequest } from "../../../core/idempotency/finish-request.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";
import { openSecrets } from "../../../core/secrets/open-secrets.ts";
import { rotateSecret } from "../../../core/secrets/rotate-secret.ts";
import { expireOverlaps } from "../../../db/queries/expire-overlaps.ts";
import { listAuditRows } from "../../../db/queries/list-audit-rows.ts";
import { loadEndpoints } from "../../../db/queries/load-endpoints.ts";
import { idempotencyScope } from "../../../http/idempotency.ts";

let api: TestApi;
let path: string;
let endpointId: string;
let tenantId: string;
let firstSecret: string;
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  api = await startApi();
  const { body } = await api.client().post("/v1/tenants", { name: "Owner", slug: "owner" });
  tenantId = fromUuidId("ten", body.id) ?? "";
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const { body } = await api.client().post("/v1/tenants/owner/endpoints", { url: "https://example.com/" });
  path = `/v1/tenants/owner/endpoints/${body.id}/secrets`;
  endpointId = fromUuidId("ep", body.id) ?? "";
  firstSecret = body.secret;
});

async function rotate(input: object = {}) {
  const answer = await api.client().post(`${path}/rotate`, input);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function list() {
  return (await api.client().get(path)).body.data;
}

/** What the sign stage would sign with, newest first. */
async function liveSecrets(): Promise<string[]> {
  const { secrets } = await loadEndpoints(api.database, [endpointId]);
  const live = secrets.filter((row) => row.expires_at === null || api.clock.now() < row.expires_at);
  return openSecrets({ keyRing: api.context.keyRing, rows: live }).map((secret) => secret.text);
}

test("the first version is listed without its value", async () => {
  const answer = await api.client().get(path);
  expect(answer.body).toEqual({
    data: [
      {
        number: 1,
        state: "active",
        scheme: "hmac-sha256",
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        publicKey: null,
        createdBy: "root",
        createdAt: api.clock.now().toISOString(),
        activatedAt: api.clock.now().toISOString(),
        expiresAt: null,
        plannedEndsAt: null,
        lastUsedAt: null,
      },
    ],
    nextCursor: null,
  });
  expect(answer.text).not.toContain(firstSecret.slice(6));
});

test("a rotation makes a new version active while the old one signs for 24 hours more, newest first", async () => {
  const rotated = await rotate();
  const end = new Date(api.clock.nowMs() + 24 * HOUR_MS);
  expect(rotated).toMatchObject({ number: 2, state: "active", overlapEndsAt: end.toISOString() });
  expect(rotated.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(await list()).toMatchObject([
    { number: 2, state: "active" },
    { number: 1, state: "retiring", expiresAt: end.toISOString() },
  ]);
  expect(await liveSecrets()).toEqual([rotated.secret, firstSecret]);
});

test("the overlap ends at its exact time, also before the row is marked; marking wipes the value", async () => {
  const rotated = await rotate({ overlapSeconds: 60 });
  api.clock.advance(59_999);
  expect(await liveSecrets()).toHaveLength(2);
  expect(await expireOverlaps(api.database, { now: api.clock.now(), limit: 100 })).toBe(0);
  api.clock.advance(1);
  expect(await liveSecrets()).toEqual([rotated.secret]);
  expect((await list()).map((version: { state: string }) => version.state)).toEqual(["active", "expired"]);

  expect(await expireOverlaps(api.database, { now: api.clock.now(), limit: 100 })).toBe(1);
  expect(await expireOverlaps(api.database, { now: api.clock.now(), limit: 100 })).toBe(0);
  const { secrets } = await loadEndpoints(api.database, [endpointId]);
  expect(secrets.map((secret) => secret.number)).toEqual([2]);
});

test("an overlap of 0 ends the old version at once", async () => {
  const rotated = await rotate({ overlapSeconds: 0 });
  expect(rotated.overlapEndsAt).toBeNull();
  expect(await liveSecrets()).toEqual([rotated.secret]);
});

test("a second rotation inside the overlap is refused until it is said how", async () => {
  const second = await rotate();
  const refused = await api.client().post(`${path}/rotate`, {});
  expect(refused.status).toBe(409);
  expect(refused.body.code).toBe("rotation_in_progress");
  expect(await liveSecrets()).toEqual([second.secret, firstSecret]);

  const third = await rotate({ onConflict: "discard_new" });
  expect(await liveSecrets()).toEqual([third.secret, firstSecret]);
  const fourth = await rotate({ onConflict: "expire_old" });
  expect(await liveSecrets()).toEqual([fourth.secret, third.secret]);
});

test("of two rotations at once, one is made", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => api.client().post(`${path}/rotate`, {})));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  expect(await list()).toHaveLength(2);
});

test("expire ends the overlap now and wipes the old value; asked again it finds nothing", async () => {
  const rotated = await rotate();
  expect((await api.client().post(`${path}/expire`)).body).toEqual({ expired: [1] });
  expect(await liveSecrets()).toEqual([rotated.secret]);
  expect((await api.client().post(`${path}/expire`)).body).toEqual({ expired: [] });
});

test("a secret that the caller brings is used, and one that is none is refused without being repeated", async () => {
  const secret = `whsec_${Buffer.alloc(24, "abcdefghi").toString("base64")}`;
  expect((await rotate({ secret })).secret).toBe(secret);
  const weak = `whsec_${Buffer.alloc(23, "abcdefghi").toString("base64")}`;
  const refused = await api.client().post(`${path}/rotate`, { secret: weak, onConflict: "expire_old" });
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ path: "/secret", code: "secret_too_short" }]);
  expect(refused.text).not.toContain(weak);
});

test.each([-1, 2_592_001, 1.5, "60", null])("an overlap of %j seconds is refused", async (overlapSeconds) => {
  const refused = await api.client().post(`${path}/rotate`, { overlapSeconds });
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ path: "/overlapSeconds" }]);
});

test("an overlap of exactly 30 days is taken", async () => {
  const { overlapEndsAt } = await rotate({ overlapSeconds: 2_592_000 });
  expect(overlapEndsAt).toBe(new Date(api.clock.nowMs() + 720 * HOUR_MS).toISOString());
});

test("the same Idempotency-Key repeats the rotation's answer with its secret, and rotates once", async () => {
  const options = { idempotencyKey: `rotate-${endpointId}` };
  const first = await api.client().post(`${path}/rotate`, {}, options);
  const second = await api.client().post(`${path}/rotate`, {}, options);
  expect(second.text).toBe(first.text);
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(await list()).toHaveLength(2);
});

test("versions are listed page by page, newest first", async () => {
  for (let count = 0; count < 4; count += 1) await rotate({ overlapSeconds: 0 });
  const first = await api.client().get(`${path}?limit=3`);
  const second = await api.client().get(`${path}?limit=3&cursor=${first.body.nextCursor}`);
  const numbers = [...first.body.data, ...second.body.data].map((version: { number: number }) => version.number);
  expect(numbers).toEqual([5, 4, 3, 2, 1]);
  expect(second.body.nextCursor).toBeNull();
});

test("a sealed value does not open in another row", async () => {
  await rotate();
  const { secrets } = await loadEndpoints(api.database, [endpointId]);
  const [newer, older] = secrets;
  if (newer === undefined || older === undefined) throw new Error("expected two live versions");
  const swapped = [{ ...newer, sealed: older.sealed }];
  expect(() => openSecrets({ keyRing: api.context.keyRing, rows: swapped })).toThrow(/does not open/);
});

test("a cancelled rotation makes the old secret the only one again, for good", async () => {
  await rotate();
  const answer = await api.client().post(`${path}/cancel`, { reason: "the receiver is not ready" });
  expect(answer.body).toMatchObject({ number: 1, state: "active", expiresAt: null });
  expect(answer.text).not.toContain(firstSecret.slice(6));
  api.clock.advance(25 * HOUR_MS);
  expect(await liveSecrets()).toEqual([firstSecret]);
  expect((await list()).map((version: { state: string }) => version.state)).toEqual(["expired", "active"]);
});

test("a rotation cannot be cancelled once its overlap is over", async () => {
  await rotate({ overlapSeconds: 60 });
  api.clock.advance(60_000);
  const refused = await api.client().post(`${path}/cancel`);
  expect(refused.status).toBe(409);
  expect(refused.body.code).toBe("wrong_state");
});

test("an overlap is extended and shortened to an exact end, each refusing the other's direction", async () => {
  await rotate({ overlapSeconds: 60 });
  expect((await api.client().post(`${path}/extend`, { overlapSeconds: 59 })).body.code).toBe("wrong_state");
  expect((await api.client().post(`${path}/shorten`, { overlapSeconds: 61 })).body.code).toBe("wrong_state");
  const end = new Date(api.clock.nowMs() + 90_000).toISOString();
  const extended = await api.client().post(`${path}/extend`, { overlapSeconds: 90 });
  expect(extended.body).toMatchObject({ number: 1, state: "retiring", expiresAt: end });
  const shortened = await api.client().post(`${path}/shorten`, { overlapSeconds: 30, version: 1 });
  expect(shortened.body.expiresAt).toBe(new Date(api.clock.nowMs() + 30_000).toISOString());
  api.clock.advance(29_999);
  expect(await liveSecrets()).toHaveLength(2);
  api.clock.advance(1);
  expect(await liveSecrets()).toHaveLength(1);
});

test("a staged secret signs nothing until it is activated, and then signs first", async () => {
  const staged = (await api.client().post(`${path}/stage`, {})).body;
  expect(staged).toMatchObject({ number: 2, state: "staged", activatedAt: null });
  expect(await liveSecrets()).toEqual([firstSecret]);
  expect((await api.client().post(`${path}/stage`, {})).body.code).toBe("wrong_state");

  const activated = await api.client().post(`${path}/activate`, { overlapSeconds: 60 });
  const end = new Date(api.clock.nowMs() + 60_000).toISOString();
  expect(activated.body).toMatchObject({ number: 2, state: "active", overlapEndsAt: end });
  expect(activated.text).not.toContain(staged.secret);
  expect(await liveSecrets()).toEqual([staged.secret, firstSecret]);
});

test("a version staged before a rotation signs before the rotated one when it takes over", async () => {
  const staged = (await api.client().post(`${path}/stage`, {})).body;
  const rotated = await rotate({ overlapSeconds: 0 });
  await api.client().post(`${path}/activate`, {});
  expect(await liveSecrets()).toEqual([staged.secret, rotated.secret]);
});

test("a staged secret is dropped without having signed", async () => {
  await api.client().post(`${path}/stage`, {});
  expect((await api.client().post(`${path}/unstage`)).body).toEqual({ expired: [2] });
  expect((await api.client().post(`${path}/unstage`)).body.code).toBe("wrong_state");
  expect((await api.client().post(`${path}/activate`, {})).body.code).toBe("wrong_state");
});

test("expire names what it ended, not what had ended by itself", async () => {
  await rotate({ overlapSeconds: 60 });
  api.clock.advance(60_000);
  expect((await api.client().post(`${path}/expire`)).body).toEqual({ expired: [] });
});

test.each([0, 2_592_001])("an overlap's end %j seconds from now is refused", async (overlapSeconds) => {
  const refused = await api.client().post(`${path}/extend`, { overlapSeconds });
  expect(refused.body.errors).toMatchObject([{ path: "/overlapSeconds" }]);
});

test("every act is in the audit log with its reason, its address and what became of the versions", async () => {
  const { secret } = await rotate({ reason: "quarterly" });
  await api.client().post(`${path}/expire`, { reason: "done" });
  const rows = await listAuditRows(api.database, {
    ...{ tenantId, below: null, limit: 10, window: 10, action: null, actor: null },
    ...{ subject: `endpoint:${endpointId}`, createdAfter: null, createdBefore: null },
  });
  const [expired, rotated] = rows.rows;
  expect(expired).toMatchObject({ action: "secret.expire", actor: "root", reason: "done" });
  expect(rotated).toMatchObject({ action: "secret.rotate", reason: "quarterly", address: "127.0.0.1" });
  expect(JSON.parse(rotated?.after ?? "")).toEqual({
    versions: [
      { number: 2, state: "active", expiresAt: null },
      { number: 1, state: "retiring", expiresAt: new Date(api.clock.nowMs() + 24 * HOUR_MS).toISOString() },
    ],
  });
  expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
});

test("a reason is at most 500 characters", async () => {
  const refused = await api.client().post(`${path}/rotate`, { reason: "r".repeat(501) });
  expect(refused.body.errors).toMatchObject([{ path: "/reason", code: "too_long" }]);
});

test("a rotation that nobody could answer is repeated with the same secret, and made once", async () => {
  const { context } = api;
  const body = JSON.stringify({ overlapSeconds: 60 });
  const scope = idempotencyScope({ kind: "root", address: null }, "POST", `${path}/rotate`);
  const request = { scope, key: "lost", fingerprint: createHash("sha256").update(body).digest() };
  const begun = await beginRequest({ context, ...request });
  if (begun.kind !== "first") throw new Error("the key was used before");
  // As the server does it, up to the commit: what follows a crash then is a repetition by the caller.
  const rotated = await rotateSecret({
    context,
    ...{ actor: { kind: "root", address: null }, tenantId, endpointId, input: { overlapSeconds: 60 } },
    keepAnswer: (transaction, { secret }) =>
      finishRequest({
        context: { database: transaction, keyRing: context.keyRing },
        claim: begun.claim,
        answer: { status: 200, headers: {}, body: Buffer.from(String(secret)) },
      }),
  });
  const repeated = await beginRequest({ context, ...request });
  expect(repeated).toMatchObject({ kind: "repeated", answer: { body: Buffer.from(String(rotated.secret)) } });
  expect(await list()).toHaveLength(2);
});
