/** Promise 4: every live secret version signs, at the moment of sending, so a rotation never costs a delivery. */
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import {
  answerOk,
  type ReceivedRequest,
  type Receiver,
  startReceiver,
} from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;
let endpoint: StoryEndpoint;

beforeAll(async () => {
  // Waits are as long as they say: the draw is in their middle.
  server = await startTestServer({ overrides: { random: () => 0.5 } });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  receiver = await startReceiver();
  endpoint = await tenant.endpoint(receiver.url);
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

const rotate = async (body: object): Promise<string> =>
  (await tenant.post(`${endpoint.path}/secrets/rotate`, body)).secret;

function verifies(request: ReceivedRequest | undefined, secret: string): boolean {
  if (request === undefined) throw new Error("nothing came");
  // Verifying looks at the clock of this machine; signing anew compares the signature itself, whatever its time.
  const { headers } = request;
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  const expected = new Webhook(secret).sign(headers["webhook-id"] ?? "", at, request.body.toString());
  return headers["webhook-signature"]?.split(" ").includes(expected) ?? false;
}

it("signs with both versions inside the overlap, newest first, and with the new one alone from its exact end", async () => {
  const renewed = await rotate({ overlapSeconds: 60 });
  await tenant.publish();
  const [inside] = await receiver.waitForRequests(1);
  expect([verifies(inside, renewed), verifies(inside, endpoint.secret)]).toEqual([true, true]);
  const signatures = inside?.headers["webhook-signature"]?.split(" ");
  expect(signatures).toHaveLength(2);

  server.clock.advance(59_999);
  await tenant.publish();
  const [, last] = await receiver.waitForRequests(2);
  expect(verifies(last, endpoint.secret)).toBe(true);

  server.clock.advance(1);
  await tenant.publish();
  const [, , after] = await receiver.waitForRequests(3);
  expect([verifies(after, renewed), verifies(after, endpoint.secret)]).toEqual([true, false]);
});

it("signs a try that was waiting during a rotation with what is live when it is sent", async () => {
  receiver.react(answer(500));
  const event = await tenant.publish();
  await tenant.delivery(event, endpoint.id, "pending");
  const renewed = await rotate({ overlapSeconds: 0 });
  receiver.react(answerOk);
  await server.advance(10_000);
  const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
  expect(verifies(receiver.requests[1], renewed)).toBe(true);
  expect(verifies(receiver.requests[1], endpoint.secret)).toBe(false);
  expect(delivery.attempts.map(({ request }) => request.signedBy)).toEqual([[2], [1]]);
});

it("signs the tries of an older event with both versions until the overlap's exact end, then with the new one", async () => {
  const failing = await startReceiver({ react: answer(500) });
  endpoint = await tenant.endpoint(failing.url, { retryWaits: [30, 30] });
  const event = await tenant.publish();
  await tenant.delivery(event, endpoint.id, "pending");
  const renewed = await rotate({ overlapSeconds: 60 });
  await server.advance(30_000);
  await failing.waitForRequests(2);
  await tenant.delivery(event, endpoint.id, "pending");
  await server.advance(30_000);
  const tries = await failing.waitForRequests(3);
  expect(tries.map((request) => [verifies(request, endpoint.secret), verifies(request, renewed)])).toEqual([
    [true, false],
    [true, true],
    [false, true],
  ]);
  const delivery = await tenant.delivery(event, endpoint.id, "exhausted");
  expect(delivery.attempts.map(({ request }) => request.signedBy)).toEqual([[2], [2, 1], [1]]);
  await failing[Symbol.asyncDispose]();
});
