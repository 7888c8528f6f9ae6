/**
 * Rotations of an Ed25519 endpoint as a receiver sees them that knows nothing but the address of the JWKS: it misses
 * nothing, with an overlap or with a key that was staged beforehand, and a key that has ended verifies nothing. The
 * signatures are also checked with Node's own crypto, and the JWKS is read by jose.
 */
import { createPublicKey, verify as verifyWithNode } from "node:crypto";

import { importJWK, type JSONWebKeySet } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { verifyEvent } from "@posthorn/signing";
import { followJwks } from "@posthorn/signing/jwks";

import { type ReceivedRequest, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startWatchedServer, type WatchedServer } from "../support/start-watched-server.ts";

let database: TestDatabase;
let receiver: Receiver;
let watched: WatchedServer;

beforeEach(() => receiver.react(({ response }) => void response.writeHead(200).end()));
beforeAll(async () => {
  database = await openTestDatabase();
  receiver = await startReceiver();
  watched = await startWatchedServer({ database });
});
afterAll(async () => {
  await watched[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function setup() {
  const tenant = await watched.newTenant("a.b");
  const endpoint = await watched.send("POST", `${tenant}/endpoints`, { url: receiver.url, signature: "ed25519" });
  const id = String(endpoint["id"]);
  const jwksPath = `${tenant}/jwks?endpoint=${id}`;
  const now = () => watched.clock.now();
  const secret = followJwks({ url: `${watched.server.url}${jwksPath}`, now });
  return {
    act: (name: string, body: object = {}) => watched.send("POST", `${tenant}/endpoints/${id}/secrets/${name}`, body),
    jwks: () => watched.send("GET", jwksPath) as unknown as Promise<JSONWebKeySet>,
    async deliver(): Promise<ReceivedRequest> {
      const before = receiver.requests.length;
      await watched.send("POST", `${tenant}/events`, { type: "a.b", data: { name: "Zoë", n: 1.0 } });
      const request = (await receiver.waitForRequests(before + 1)).at(-1);
      if (request === undefined) throw new Error("Nothing arrived.");
      return request;
    },
    /** What the receiver makes of a request, with nothing but the JWKS. */
    take: ({ headers, body }: ReceivedRequest) => verifyEvent({ secret, headers: { ...headers }, body, now: now() }),
  };
}

/** How many of the signatures a key of the JWKS made, each verified without anything of ours. */
async function countVerified({ headers, body }: ReceivedRequest, set: JSONWebKeySet): Promise<number> {
  const prefix = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.`;
  const content = Buffer.concat([Buffer.from(prefix), body]);
  const signatures = String(headers["webhook-signature"]).split(" ");
  let verified = 0;
  for (const jwk of set.keys) {
    // Jose takes the key as it stands, with its own checks of the members.
    await importJWK(jwk);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    for (const signature of signatures) {
      expect(signature).toMatch(/^v1a,/);
      if (verifyWithNode(null, content, key, Buffer.from(signature.slice(4), "base64"))) verified += 1;
    }
  }
  return verified;
}

test("a rotation with an overlap: the receiver that kept the old keys verifies by the old signature, then learns the new", async () => {
  const { act, jwks, deliver, take } = await setup();
  expect((await take(await deliver())).type).toBe("a.b");

  await act("rotate", { overlapSeconds: 600 });
  const during = await deliver();
  expect(await countVerified(during, await jwks())).toBe(2);
  expect((await take(during)).secretIndex).toBe(0);

  // The receiver's keys are five minutes old and are looked at again; the old one still signs.
  watched.clock.advance(301_000);
  await take(await deliver());
  watched.clock.advance(299_000);
  const after = await deliver();
  expect(await countVerified(after, await jwks())).toBe(1);
  await take(after);
});

test("a staged key is known before it signs, so that even an activation without an overlap is missed by nobody", async () => {
  const { act, deliver, take } = await setup();
  await take(await deliver());
  await act("stage");
  // As long as a JWKS may be kept.
  watched.clock.advance(301_000);
  await take(await deliver());
  await act("activate", { overlapSeconds: 0 });
  await take(await deliver());
});

test("a key that leaked and was replaced at once verifies nothing for a receiver that looks again", async () => {
  const { act, deliver, take } = await setup();
  const old = await deliver();
  await take(old);
  await act("rotate", { overlapSeconds: 0 });
  watched.clock.advance(31_000);
  // One that fits none of the keys makes the receiver look, and takes the new one; the old one is gone with that.
  await take(await deliver());
  await expect(take(old)).rejects.toMatchObject({ code: "no_matching_signature" });
});

test("another endpoint's key verifies nothing, though both are of one tenant", async () => {
  const [one, other] = [await setup(), await setup()];
  await one.take(await one.deliver());
  await expect(other.take(await one.deliver())).rejects.toMatchObject({ code: "no_matching_signature" });
});

test("a rehearsal says whether the receiver knows the staged key, and a check finds nothing in one that verifies", async () => {
  const { act, deliver, take } = await setup();
  await take(await deliver());
  const accepts = (request: ReceivedRequest): Promise<boolean> =>
    take(request).then(
      () => true,
      () => false,
    );
  receiver.react(async ({ request, response }) => void response.writeHead((await accepts(request)) ? 204 : 401).end());
  await act("stage");
  // It looked at the JWKS a moment ago, and does not look again for every signature that fits nothing.
  expect(await act("rehearse")).toMatchObject({ verdict: "still_on_old", newVersion: 2, oldVersion: 1 });
  watched.clock.advance(301_000);
  expect(await act("rehearse")).toMatchObject({ verdict: "safe" });

  const { probes } = await act("check", { consent: true });
  const verdicts = (probes as { verdict: string }[]).map(({ verdict }) => verdict);
  expect([verdicts.length, new Set(verdicts)]).toEqual([9, new Set(["verifies"])]);
});
