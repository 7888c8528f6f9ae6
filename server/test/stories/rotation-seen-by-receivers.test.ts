/**
 * A rotation as receivers see it that verify with other people's libraries: with one key, during the overlap with the
 * old and with the new one, and after it. They verify with their own clock, so the server's stays within minutes of it.
 */
import { randomBytes } from "node:crypto";

import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { type ReceivedRequest, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startWatchedServer, type WatchedServer } from "../support/start-watched-server.ts";

let database: TestDatabase;
let receiver: Receiver;
let watched: WatchedServer;
let tenant: string;
let secrets: string;
let first: string;

beforeAll(async () => {
  database = await openTestDatabase();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  watched = await startWatchedServer({ database });
  tenant = await watched.newTenant("a.b");
  const endpoint = await watched.send("POST", `${tenant}/endpoints`, { url: receiver.url });
  secrets = `${tenant}/endpoints/${String(endpoint["id"])}/secrets`;
  first = String(endpoint["secret"]);
  // What is on its way is recorded first: the next test's server would send it again.
  return () => watched.server.stop();
});

async function deliver(): Promise<ReceivedRequest> {
  const before = receiver.requests.length;
  await watched.send("POST", `${tenant}/events`, { type: "a.b", data: { n: 1 } });
  const requests = await receiver.waitForRequests(before + 1);
  const request = requests.at(-1);
  if (request === undefined) throw new Error("nothing arrived");
  return request;
}

async function act(name: string, body: object = {}): Promise<Record<string, unknown>> {
  return watched.send("POST", `${secrets}/${name}`, body);
}

/** Whether each library takes the request with this secret; they have to agree. */
function accepts({ body, headers }: ReceivedRequest, secret: string): boolean {
  const text = body.toString();
  const verdicts = [new StandardWebhook(secret), new SvixWebhook(secret)].map((webhook) => {
    try {
      webhook.verify(text, { ...headers });
      return true;
    } catch {
      return false;
    }
  });
  expect(verdicts[0]).toBe(verdicts[1]);
  return verdicts[0] === true;
}

test("with one key, in the overlap with either, and after it with the new one alone", async () => {
  expect(accepts(await deliver(), first)).toBe(true);

  const second = String((await act("rotate", { overlapSeconds: 60 }))["secret"]);
  const during = await deliver();
  expect([accepts(during, first), accepts(during, second)]).toEqual([true, true]);

  watched.clock.advance(59_999);
  expect(accepts(await deliver(), first)).toBe(true);
  watched.clock.advance(1);
  const after = await deliver();
  expect([accepts(after, first), accepts(after, second)]).toEqual([false, true]);
});

test("after a cancelled rotation with the old one alone", async () => {
  const second = String((await act("rotate"))["secret"]);
  await act("cancel");
  const request = await deliver();
  expect([accepts(request, first), accepts(request, second)]).toEqual([true, false]);
});

test("a staged key is not signed with until it is activated", async () => {
  const staged = String((await act("stage"))["secret"]);
  const before = await deliver();
  expect([accepts(before, first), accepts(before, staged)]).toEqual([true, false]);
  await act("activate");
  const during = await deliver();
  expect([accepts(during, first), accepts(during, staged)]).toEqual([true, true]);
  await act("expire");
  const after = await deliver();
  expect([accepts(after, first), accepts(after, staged)]).toEqual([false, true]);
});

test("a secret that the owner brings is the one that signs", async () => {
  const brought = `whsec_${Buffer.from("0123456789abcdefghijklmnopqrstuv").toString("base64")}`;
  await act("rotate", { overlapSeconds: 0, secret: brought });
  const request = await deliver();
  expect([accepts(request, first), accepts(request, brought)]).toEqual([false, true]);
});

test("the list says when each version signed last, and a version that signs nothing is not touched", async () => {
  const lastUses = async (): Promise<unknown[]> => {
    const { data } = await watched.send("GET", secrets);
    return (data as { lastUsedAt: unknown }[]).map((version) => version.lastUsedAt);
  };
  await deliver();
  await watched.recorded(1);
  expect(await lastUses()).toEqual([null]);
  const usedAt = watched.clock.now().toISOString();
  expect(await watched.server.engine.writeSecretUses()).toBe(1);
  expect(await lastUses()).toEqual([usedAt]);

  const second = String((await act("rotate", { overlapSeconds: 0 }))["secret"]);
  watched.clock.advance(1_000);
  expect(accepts(await deliver(), second)).toBe(true);
  await watched.recorded(2);
  expect(await watched.server.engine.writeSecretUses()).toBe(1);
  expect(await lastUses()).toEqual([watched.clock.now().toISOString(), usedAt]);
  expect(await watched.server.engine.writeSecretUses()).toBe(0);
});

test("a delivery that goes back to wait, for want of a key, is no use of a secret and no attempt", async () => {
  await act("../pause");
  await watched.send("POST", `${tenant}/events`, { type: "a.b", data: { n: 1 } });
  await watched.server.stop();
  const encryptionKeys = `other:${randomBytes(32).toString("base64")}`;
  await using other = await startWatchedServer({ database, encryptionKeys });
  await other.send("POST", `${secrets}/../resume`, {});
  const endpoint = await other.send("POST", `${tenant}/endpoints`, { url: receiver.url });
  await other.send("POST", `${tenant}/events`, { type: "a.b", data: { n: 2 } });
  await other.recorded(1);
  expect(await other.server.engine.writeSecretUses()).toBe(1);
  const { data } = await other.send("GET", `${tenant}/endpoints/${String(endpoint["id"])}/secrets`);
  expect(data).toMatchObject([{ lastUsedAt: other.clock.now().toISOString() }]);
});

test("what a node knew of last uses is written when it stops", async () => {
  await deliver();
  await watched.recorded(1);
  const usedAt = watched.clock.now().toISOString();
  await watched.server.stop();
  await using later = await startWatchedServer({ database });
  const { data } = await later.send("GET", secrets);
  expect(data).toMatchObject([{ lastUsedAt: usedAt }]);
});
