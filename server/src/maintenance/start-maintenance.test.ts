/** A loop at work at its real interval; what each task finds and does is tested beside its statement. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../test/support/start-server.ts";
import { type StoryTenant, storyTenant } from "../../test/support/story-tenant.ts";

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;

beforeAll(async () => {
  server = await startTestServer({ overrides: { withoutMaintenance: false, random: () => 0 } });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  receiver = await startReceiver();
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** A delivery that waits for its paused endpoint, to be put where a test wants it. */
async function waiting() {
  const endpoint = await tenant.endpoint(receiver.url);
  await tenant.post(`${endpoint.path}/pause`);
  const event = await tenant.publish();
  await server.database.script("update endpoints set status = 'active', status_reason = null where status = 'paused'");
  return { endpoint, event };
}

it("what a node left behind that is gone is delivered by another", async () => {
  const { endpoint, event } = await waiting();
  await server.database.script("delete from lanes; update queue set lease = 9999 * (1::bigint << 32) + 1");
  await receiver.waitForRequests(1);
  expect((await tenant.delivery(event, endpoint.id, "succeeded")).attempts).toHaveLength(1);
});
