/** After an outage what failed is sent again, no faster than was asked for, and what is published meanwhile stays prompt. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { runRecoveries } from "../../src/maintenance/run-recoveries.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

const BATCH_MAX = 100;

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  receiver = await startReceiver({ react: answer(500) });
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** So many events whose only try failed; resolves to their ids. */
async function outage(settings: object, count: number): Promise<{ endpoint: StoryEndpoint; ids: string[] }> {
  const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [], ...settings });
  const ids: string[] = [];
  while (ids.length < count) {
    const size = Math.min(BATCH_MAX, count - ids.length);
    const events = Array.from({ length: size }, (_, n) => ({ type: "invoice.paid", data: { n } }));
    const { events: published } = await tenant.post("events/batch", { events });
    ids.push(...published.map(({ id }: { id: string }) => id));
  }
  await receiver.waitForRequests(count);
  await server.until(async () => {
    const { body } = await tenant.client.get(`${tenant.path}/deliveries?state=exhausted&limit=250`);
    return body.data.length === count ? true : null;
  });
  return { endpoint, ids };
}

/** What maintenance does some times a second, and the claim that it wakes. */
async function maintain(afterMs: number): Promise<void> {
  server.clock.advance(afterMs);
  await runRecoveries({
    ...server,
    onError: (error) => {
      throw error;
    },
  });
  await server.advance(0);
}

/** Looks until the recovery has begun; on a database server that others use too it may have to wait for them. */
async function begun(id: string): Promise<void> {
  while ((await tenant.client.get(`${tenant.path}/recoveries/${id}`)).body.endpoints === null) await maintain(0);
}

const seen = (count: number) => receiver.requests.slice(count).map(({ headers }) => headers["webhook-id"]);

describe("a recovery", () => {
  it("sends each event again as it was, at the rate, and shows in the deliveries", async () => {
    const { endpoint, ids } = await outage({}, 6);
    const first = new Map(receiver.requests.map(({ headers, body }) => [headers["webhook-id"], body]));
    receiver.react(answerOk);

    const { id } = await tenant.post("recoveries", { ratePerSecond: 2 });
    await begun(id);
    for (const expected of [2, 4, 6]) {
      await maintain(1_000);
      await receiver.waitForRequests(ids.length + expected);
      expect(receiver.requests).toHaveLength(ids.length + expected);
    }
    for (const event of ids) {
      expect(await tenant.delivery(event, endpoint.id, "succeeded")).toMatchObject({ run: 2, source: "resend" });
    }
    expect(seen(ids.length).toSorted()).toEqual(ids.toSorted());
    for (const { headers, body } of receiver.requests) expect(body).toEqual(first.get(headers["webhook-id"] ?? ""));
    await maintain(1_000);
    expect((await tenant.client.get(`${tenant.path}/recoveries/${id}`)).body).toMatchObject({
      state: "finished",
      recovered: 6,
      progress: 1,
    });
  });

  it("of a slow receiver goes as fast as that is, and a new event does not wait for all of it", async () => {
    const { ids } = await outage({ maxInFlight: 1 }, 160);
    const held: (() => void)[] = [];
    receiver.react(async (exchange) => {
      const mayAnswer = Promise.withResolvers<void>();
      held.push(mayAnswer.resolve);
      await mayAnswer.promise;
      await answerOk(exchange);
    });
    const { id } = await tenant.post("recoveries", { ratePerSecond: 1_000 });
    await begun(id);
    await maintain(1_000);
    await maintain(1_000);
    const { recovered } = (await tenant.client.get(`${tenant.path}/recoveries/${id}`)).body;
    // Fifty wait, beside what the node holds of them for the one that is under way.
    expect(recovered).toBeGreaterThanOrEqual(50);
    expect(recovered).toBeLessThan(60);

    const fresh = await tenant.publish();
    let answered = 0;
    while (!seen(ids.length).includes(fresh)) {
      await receiver.waitForRequests(ids.length + answered + 1);
      held[answered]?.();
      answered += 1;
      await maintain(250);
    }
    // As many stood before it as the endpoint may have waiting, and not all that is recovered.
    expect(answered).toBeLessThan(70);
    expect(answered).toBeGreaterThan(40);
    receiver.react(answerOk);
    for (const answerHeld of held) answerHeld();
    await tenant.post(`recoveries/${id}/cancel`);
  });
});
