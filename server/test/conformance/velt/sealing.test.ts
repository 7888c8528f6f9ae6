/** Encoded and encrypted payloads (sections 5.2 and 5.3) as receivers get them, and what becomes of them without a key. */
import { constants, createDecipheriv, createHash, generateKeyPairSync, privateDecrypt } from "node:crypto";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type Receiver, type ReceivedRequest, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { configure, openWorkspace, type Workspace } from "./open-workspace.ts";
import { verifyDelivery } from "./verify-delivery.ts";
import { clientOf, ENDPOINTS, type VeltClient } from "./workspace-client.ts";

const TYPE = "comment.add";
const DATA = '{"event": "comment.add", "n":12345678901234567890}';
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const bare = (type: "spki" | "pkcs1") => publicKey.export({ type, format: "der" }).toString("base64");

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

let workspace: Workspace;
let send: VeltClient;
let receiver: Receiver;
let secret: string;
beforeEach(async () => {
  workspace = await openWorkspace(world);
  send = clientOf(workspace);
  receiver = await startReceiver();
  const { body } = await send({ path: `${ENDPOINTS}/create`, data: { url: receiver.url } });
  const endpointId = body.result.data.id as string;
  const shown = await send({ path: `${ENDPOINTS}/secret/get`, data: { endpointId } });
  secret = shown.body.result.data.secret;
});
afterEach(() => receiver[Symbol.asyncDispose]());

interface Attempt {
  readonly outcome: string;
  readonly class: string | null;
  readonly decision: string;
  readonly reason: string;
  readonly request: { readonly bytes: number; readonly sha256: string; readonly signedBy: readonly number[] };
}

/** The attempts of the workspace's only delivery, newest first, once there are so many. */
function attempts(count: number): Promise<readonly Attempt[]> {
  const root = world.client();
  return world.until(async () => {
    const { body } = await root.get(`${workspace.path}/deliveries`);
    if (body.data.length === 0 || body.data[0].attemptCount < count) return null;
    return (await root.get(`${workspace.path}/deliveries/${body.data[0].id}`)).body.attempts;
  });
}

const verify = (request: ReceivedRequest | undefined) => verifyDelivery(request, secret, world.clock.now());

/** The steps that the contract gives to receivers. */
function decrypt(body: string): string {
  const sealed = JSON.parse(body) as Record<string, string>;
  expect(Object.keys(sealed)).toEqual(["encryptedData", "encryptedKey", "iv"]);
  const { encryptedData = "", encryptedKey = "", iv = "" } = sealed;
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const key = privateDecrypt({ key: privateKey, ...padding }, Buffer.from(encryptedKey, "base64"));
  const decipher = createDecipheriv("aes-256-cbc", key, Buffer.from(iv, "base64"));
  return Buffer.concat([decipher.update(Buffer.from(encryptedData, "base64")), decipher.final()]).toString();
}

test("5.2 encoded, the payload is the only member, and what was sent is what is signed and recorded", async () => {
  await configure(workspace, { encodeData: true });
  await workspace.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  const body = verify(request);
  expect(body).toBe(`{"encodedPayload":"${Buffer.from(DATA).toString("base64")}"}`);
  const [attempt] = await attempts(1);
  expect(attempt?.request).toMatchObject({
    bytes: body.length,
    sha256: createHash("sha256").update(body).digest("hex"),
  });
});

test.each(["spki", "pkcs1"] as const)("5.3 encrypted for a key in the form %s", async (type) => {
  await configure(workspace, { encryptData: true, encodeData: true, publicKey: bare(type) });
  await workspace.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  const body = verify(request);
  expect(body).not.toContain("comment");
  expect(decrypt(body)).toBe(DATA);
  const [attempt] = await attempts(1);
  expect(attempt?.request.sha256).toBe(createHash("sha256").update(body).digest("hex"));
});

test("5.3 each try has a fresh key, and is sealed by what is set when it is made", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await configure(workspace, { encryptData: true, publicKey: bare("spki") });
  await workspace.publish(TYPE, DATA);
  await attempts(1);
  await world.advance(5000);
  await attempts(2);
  await configure(workspace, { encryptData: false, encodeData: true });
  await world.advance(300_000);
  await attempts(3);
  await configure(workspace, { encodeData: false });
  await world.advance(1_800_000);
  const bodies = (await receiver.waitForRequests(4)).map((request) => request.body.toString());
  expect(bodies[0]).not.toBe(bodies[1]);
  expect([decrypt(bodies[0] ?? ""), decrypt(bodies[1] ?? "")]).toEqual([DATA, DATA]);
  expect(bodies[2]).toBe(`{"encodedPayload":"${Buffer.from(DATA).toString("base64")}"}`);
  expect(bodies[3]).toBe(DATA);
});

test("5.3 without a key nothing is sent: the try is recorded as failed, and goes out once there is one", async () => {
  await configure(workspace, { encryptData: true, encodeData: true });
  await workspace.publish(TYPE, DATA);
  const [attempt] = await attempts(1);
  expect(attempt).toMatchObject({
    outcome: "blocked",
    class: "payload_key_missing",
    decision: "retry",
    request: { bytes: 0, signedBy: [] },
  });
  expect(attempt?.reason).toMatch(/no public key is set/);
  expect(receiver.requests.length).toBe(0);

  await configure(workspace, { publicKey: bare("spki") });
  await world.advance(5000);
  const [request] = await receiver.waitForRequests(1);
  expect(decrypt(request?.body.toString() ?? "")).toBe(DATA);
});

test("5.3 without a key for ever, all tries are spent, and the receiver is not blamed", async () => {
  await configure(workspace, { encryptData: true });
  await workspace.publish(TYPE, DATA);
  for (const [index, wait] of [5, 300, 1800, 7200, 18_000, 36_000, 36_000].entries()) {
    await attempts(index + 1);
    await world.advance(wait * 1000);
  }
  expect((await attempts(8))[0]?.decision).toBe("give_up");
  expect(receiver.requests.length).toBe(0);
  const { body } = await world.client().get(`${workspace.path}/endpoints`);
  expect(body.data[0].status).toBe("active");
});

test("6.4 the announcement of a delivery that is given up is never sealed", async () => {
  await using other = await startReceiver();
  const data = { url: other.url, filterTypes: ["message.attempt.exhausted"] };
  expect((await send({ path: `${ENDPOINTS}/create`, data })).status).toBe(200);
  await configure(workspace, { encryptData: true });
  await workspace.publish(TYPE, DATA);
  for (const [index, wait] of [5, 300, 1800, 7200, 18_000, 36_000, 36_000].entries()) {
    await attempts(index + 1);
    await world.advance(wait * 1000);
  }
  const [announced] = await other.waitForRequests(1);
  expect(JSON.parse(announced?.body.toString() ?? "")).toMatchObject({
    type: "message.attempt.exhausted",
    data: { lastAttempt: { responseStatusCode: 0 } },
  });
});

test("endpoints of other profiles in the same tenant are not sealed", async () => {
  await using other = await startReceiver();
  await world.client().post(`${workspace.path}/endpoints`, { url: other.url, envelope: "none" });
  await configure(workspace, { encodeData: true });
  await workspace.publish(TYPE, DATA);
  expect((await other.waitForRequests(1))[0]?.body.toString()).toBe(DATA);
});
