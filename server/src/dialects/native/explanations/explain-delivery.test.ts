/** A delivery's timeline in plain words, of the real server with a receiver that fails and comes back. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { answer } from "../../../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../../../test/support/start-server.ts";
import { type StoryTenant, storyTenant } from "../../../../test/support/story-tenant.ts";

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;

beforeAll(async () => {
  server = await startTestServer();
  receiver = await startReceiver();
});
afterAll(async () => {
  for (const one of [receiver, server]) await one[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenant = await storyTenant(server);
  receiver.react(answer(500));
});

async function explain(id: string) {
  const { status, body, text } = await tenant.client.get(`${tenant.path}/deliveries/${id}/explain`);
  expect(status, text).toBe(200);
  return body;
}

const kinds = (explained: { timeline: { kind: string }[] }) => explained.timeline.map(({ kind }) => kind);

test("from stored over a failure and a pause to the end, each with its words", async () => {
  const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [60, 60] });
  const event = await tenant.publish();
  const { id } = await tenant.delivery(event, endpoint.id, "pending");

  const waiting = await explain(id);
  expect(kinds(waiting)).toEqual(["stored", "attempt", "decided", "now", "due"]);
  expect(waiting.waitsFor).toMatchObject({ code: "not_due", until: waiting.delivery.dueAt });
  const [stored, attempt, decided, , due] = waiting.timeline;
  expect(stored).toMatchObject({
    at: waiting.delivery.createdAt,
    text: expect.stringMatching(/^Stored with the event/),
  });
  expect(attempt).toMatchObject({
    text: expect.stringMatching(/^Failed by its answer \(http_server_error, status 500\) after \d+ ms\.$/),
    detail: expect.stringMatching(/first byte .* to 127\.0\.0\.1, signed by version 1$/),
    cause: "The receiver failed with a 5xx status.",
    advice: expect.stringContaining("logs"),
    attempt: { run: 1, number: 1 },
  });
  expect(decided.text).toContain("retry: Try 1 of 3 failed");
  expect(due).toMatchObject({ at: waiting.delivery.dueAt, text: expect.stringMatching(/^The next try/) });

  await tenant.post(`${endpoint.path}/pause`);
  await server.advance(120_000);
  const paused = await explain(id);
  expect(paused.waitsFor).toMatchObject({ code: "endpoint_paused", until: null });
  expect(kinds(paused)).toEqual(["stored", "attempt", "decided", "endpoint", "now"]);

  receiver.react(answerOk);
  await tenant.post(`${endpoint.path}/resume`);
  await tenant.delivery(event, endpoint.id, "succeeded");
  const ended = await explain(id);
  const middle = ["endpoint", "endpoint", "late", "attempt", "decided"];
  expect(kinds(ended).toSorted()).toEqual(["stored", "attempt", "decided", ...middle, "ended"].toSorted());
  expect(ended.timeline.find(({ kind }: { kind: string }) => kind === "late").text).toMatch(/stopped meanwhile\.$/);
  expect(ended.timeline.at(-1)).toMatchObject({ kind: "ended", text: "Succeeded after 2 tries in run 1." });
  expect(ended.waitsFor).toBeNull();
});

test("what was given up says why and what to do, and a resend is another run", async () => {
  const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
  const event = await tenant.publish();
  const { id } = await tenant.delivery(event, endpoint.id, "exhausted");
  expect((await explain(id)).timeline.at(-1)).toMatchObject({
    text: "Given up after 1 try in run 1.",
    cause: "The receiver failed with a 5xx status.",
    advice: expect.stringMatching(/Then resend it\.$/),
  });

  await tenant.post(`${endpoint.path}/pause`);
  await tenant.post(`deliveries/${id}/resend`);
  expect(kinds(await explain(id)).slice(-3)).toEqual(["endpoint", "run", "now"]);
  receiver.react(answerOk);
  await tenant.post(`${endpoint.path}/resume`);
  await server.until(async () => ((await tenant.delivery(event, endpoint.id)).state === "succeeded" ? true : null));
  const explained = await explain(id);
  const runs = explained.timeline.filter(({ kind }: { kind: string }) => kind === "run");
  expect(runs).toMatchObject([{ text: expect.stringContaining("run 2 begins") }]);
  expect(explained.timeline.at(-1).text).toBe("Succeeded after 1 try in run 2.");
});

test("what was cancelled before it was sent says by what", async () => {
  const endpoint = await tenant.endpoint(receiver.url);
  await tenant.post(`${endpoint.path}/pause`);
  const { id } = await tenant.delivery(await tenant.publish(), endpoint.id, "pending");
  await tenant.post(`deliveries/${id}/cancel`);
  expect((await explain(id)).timeline.at(-1)).toMatchObject({
    text: "Cancelled before it was ever sent (requested).",
    advice: "Resend it if that was a mistake.",
  });
});

test("shows no header, URL or body, and asks for the scope of the deliveries", async () => {
  const endpoint = await tenant.endpoint(`${receiver.url}/a-hidden-path`, { headers: { "x-key": "hidden-value" } });
  const { id } = await tenant.delivery(await tenant.publish({ data: '"hidden-data"' }), endpoint.id, "pending");
  expect(JSON.stringify(await explain(id))).not.toContain("hidden");
  const { body } = await tenant.client.post(`${tenant.path}/api-keys`, { name: "Events", scopes: ["events:read"] });
  const refused = await server.client(body.token).get(`${tenant.path}/deliveries/${id}/explain`);
  expect([refused.status, refused.body.code]).toEqual([403, "scope_required"]);
});
