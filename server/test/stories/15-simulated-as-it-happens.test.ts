/**
 * A simulation says what then happens: the real server, its clock moved through an outage, tries, gives up, stops and
 * drains at the times that were computed before. Where waits have jitter, each try lies within its bounds; where they
 * have none, everything is as computed, to the millisecond.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryDelivery, storyTenant } from "../support/story-tenant.ts";

let server: TestServer;
let receiver: Receiver;
let world: { untilMs: number; status: number; retryAfter: number | null };

beforeAll(async () => {
  server = await startTestServer();
  receiver = await startReceiver({
    react: (exchange) => {
      if (server.clock.nowMs() >= world.untilMs) return answerOk(exchange);
      const asks = world.retryAfter === null ? {} : { "retry-after": String(world.retryAfter) };
      return answer(world.status, asks)(exchange);
    },
  });
});
afterAll(async () => {
  for (const one of [receiver, server]) await one[Symbol.asyncDispose]();
});

interface Course {
  readonly profile: "standard" | "thesignup" | "selfcommunity" | "velt";
  readonly waits: readonly number[];
  readonly seconds: number;
  readonly status: number;
  readonly retryAfter: number | null;
}

/** Odd, so that no two things are due at the same millisecond. */
const EVERY_MS = 10_007;
/** Some twenty deliveries. */
const SECONDS_MAX = 200;

/** Moves the clock from one thing that is due to the next; resolves to how each delivery went, in the order of publish. */
async function live({ profile, waits, seconds, status, retryAfter }: Course, everyMs = EVERY_MS) {
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url, { profile, retryWaits: waits });
  const startMs = server.clock.nowMs();
  const endMs = startMs + seconds * 1000;
  const outage = { startsAt: server.clock.now().toISOString(), seconds, status, answerMs: 0 };
  const asked = retryAfter === null ? outage : { ...outage, retryAfterSeconds: retryAfter };
  const simulated = await tenant.post("simulations", {
    endpointId: endpoint.id,
    outage: asked,
    eventsPerSecond: 1000 / everyMs,
    answerMs: 0,
  });
  world = { untilMs: endMs, status, retryAfter };

  const list = async () => {
    const { body } = await tenant.client.get(
      `${tenant.path}/deliveries?endpointId=${endpoint.id}&source=publish&limit=250`,
    );
    return body.data as (StoryDelivery & { dueAt: string | null })[];
  };
  const quiet = () =>
    server.until(async () => {
      const all = await list();
      const { body } = await tenant.client.get(endpoint.path);
      const open = body.status === "active";
      const moves = all.filter(
        ({ state, dueAt }) =>
          state === "in_flight" || (open && state === "pending" && Date.parse(dueAt ?? "") <= server.clock.nowMs()),
      );
      return moves.length === 0 ? { all, status: body.status as string } : null;
    });
  let stoppedAt: string | null = null;
  let waitingAtEnd: number | null = null;
  for (let made = 0; ;) {
    const { all, status: now } = await quiet();
    if (now !== "active") stoppedAt ??= server.clock.now().toISOString();
    const publishMs = startMs + made * everyMs;
    const isDone = server.clock.nowMs() >= endMs;
    if (isDone && now === "paused") {
      await tenant.post(`${endpoint.path}/resume`);
      stoppedAt ??= server.clock.now().toISOString();
      waitingAtEnd ??= all.filter(({ state }) => state === "pending").length;
      continue;
    }
    if (isDone) waitingAtEnd ??= all.filter(({ state }) => state === "pending").length;
    const due = all.flatMap(({ state, dueAt }) =>
      state === "pending" && now === "active" ? [Date.parse(dueAt ?? "")] : [],
    );
    const next = Math.min(...due, publishMs < endMs ? publishMs : Infinity, isDone ? Infinity : endMs);
    if (next === Infinity) break;
    await server.advance(Math.max(0, next - server.clock.nowMs()));
    if (next === publishMs && publishMs < endMs) {
      await tenant.publish();
      made += 1;
    }
  }
  const all = (await list()).toReversed();
  const first = all[0] === undefined ? null : (await tenant.client.get(`${tenant.path}/deliveries/${all[0].id}`)).body;
  return { simulated, all, first, stoppedAt, waitingAtEnd };
}

type Lived = Awaited<ReturnType<typeof live>>;

const timesOf = ({ first }: Lived): number[] =>
  first.attempts.toReversed().map(({ startedAt }: { startedAt: string }) => Date.parse(startedAt));

function expectTriesWithinBounds(lived: Lived): void {
  const [whole] = lived.simulated.deliveries;
  for (const [index, time] of timesOf(lived).entries()) {
    expect(time, `try ${index + 1}`).toBeGreaterThanOrEqual(Date.parse(whole.tries[index].earliestAt));
    expect(time, `try ${index + 1}`).toBeLessThanOrEqual(Date.parse(whole.tries[index].latestAt));
  }
}

const courses = (profiles: readonly Course["profile"][]) =>
  fc.record({
    profile: fc.constantFrom(...profiles),
    waits: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
    seconds: fc.integer({ min: 30, max: SECONDS_MAX }),
    status: fc.constantFrom(404, 500, 503),
    retryAfter: fc.constant(null),
  });

it("is the same to the millisecond where waits have no jitter: tries, given up, stopped, waiting, drained", async () => {
  const course = courses(["thesignup", "selfcommunity", "velt"]);
  await fc.assert(
    fc.asyncProperty(course, async (part) => {
      const lived = await live(part);
      const { simulated, all, stoppedAt, waitingAtEnd } = lived;
      expect(simulated.groupOf).toBe(1);
      expect(all).toHaveLength(simulated.made);
      expect(simulated.endpointStopped?.at ?? null).toBe(stoppedAt);
      if (stoppedAt === null) expectTriesWithinBounds(lived);
      const exhausted = all.filter(({ state }) => state === "exhausted") as unknown as {
        finishedAt: string;
        createdAt: string;
      }[];
      const ends = exhausted.map(({ finishedAt }) => finishedAt).toSorted();
      const made = exhausted.map(({ createdAt }) => createdAt).toSorted();
      expect(simulated.exhausted?.count ?? 0).toBe(exhausted.length);
      if (exhausted.length > 0) {
        expect(simulated.exhausted).toMatchObject({
          firstAt: ends[0],
          lastAt: ends.at(-1),
          madeFrom: made[0],
          madeUntil: made.at(-1),
        });
      }
      expect(simulated.waitingAtEnd).toBe(waitingAtEnd);
      const finished = (all as unknown as { finishedAt: string }[]).map(({ finishedAt }) => finishedAt);
      expect(simulated.drain.endsAt).toBe([...finished, simulated.outage.endsAt].toSorted().at(-1));
      expect(all.every(({ state }) => state === "exhausted" || state === "succeeded")).toBe(true);
    }),
    {
      numRuns: 2,
      // One that gives up, and one that is paused at its twentieth failed try.
      examples: [
        [{ profile: "selfcommunity", waits: [5, 9], seconds: 61, status: 500, retryAfter: null }],
        [{ profile: "thesignup", waits: [31, 59], seconds: 150, status: 404, retryAfter: null }],
      ],
    },
  );
}, 120_000);

it("is within its bounds where waits have jitter, and to the second where the receiver asks for time", async () => {
  await fc.assert(
    fc.asyncProperty(courses(["standard"]), async (part) => expectTriesWithinBounds(await live(part))),
    { numRuns: 1 },
  );
  // One delivery: what comes meanwhile waits for the same time.
  const deferring = { profile: "standard", waits: [60], seconds: 35, status: 503, retryAfter: 20 } as const;
  const asked = await live(deferring, 100_000);
  expect(asked.simulated.deliveries[0].tries.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3]);
  expectTriesWithinBounds(asked);
  expect(asked.all.every(({ state }) => state === "succeeded")).toBe(true);
}, 120_000);

it("says that 410 disables the endpoint, and so it does", async () => {
  const { simulated, all, stoppedAt } = await live({
    profile: "standard",
    waits: [60],
    seconds: 5,
    status: 410,
    retryAfter: null,
  });
  expect(simulated.endpointStopped).toMatchObject({ status: "disabled", reason: "gone", at: stoppedAt });
  expect(all.map(({ state }) => state)).toEqual(["exhausted"]);
});

it("forecasts from what waits what is given up before the receiver is back, and when the last of it ends", async () => {
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url, { profile: "selfcommunity", retryWaits: [30, 60] });
  world = { untilMs: Infinity, status: 500, retryAfter: null };
  const settled = (ids: readonly string[]) =>
    server.until(async () => {
      const found = await Promise.all(
        ids.map(async (id) => (await tenant.client.get(`${tenant.path}/deliveries/${id}`)).body),
      );
      const nowMs = server.clock.nowMs();
      return found.every(
        ({ state, dueAt }) => state !== "in_flight" && !(state === "pending" && Date.parse(dueAt) <= nowMs),
      )
        ? found
        : null;
    });
  const ids: string[] = [];
  for (let made = 0; made < 4; made += 1) {
    ids.push((await tenant.delivery(await tenant.publish(), endpoint.id)).id);
    await settled(ids);
    await server.advance(EVERY_MS);
  }
  await settled(ids);
  const backMs = server.clock.nowMs() + 65_000;
  const backAt = new Date(backMs).toISOString();
  const { status, body: forecast, text } = await tenant.client.get(`${endpoint.path}/forecast?backAt=${backAt}`);
  expect(status, text).toBe(200);
  expect(forecast).toMatchObject({ basis: { waiting: 4, waitingIsWhole: true }, made: 4 });

  world = { ...world, untilMs: backMs };
  let found = await settled(ids);
  for (;;) {
    const due = found.flatMap(({ state, dueAt }) => (state === "pending" ? [Date.parse(dueAt)] : []));
    if (due.length === 0) break;
    await server.advance(Math.min(...due) - server.clock.nowMs());
    found = await settled(ids);
  }
  const given = found.filter(({ state }) => state === "exhausted").map(({ finishedAt }) => finishedAt);
  expect(given).toHaveLength(2);
  // Real attempts take some milliseconds of the machine's time, by which the forecast begins the waits later.
  const expectNear = (one: string, other: string) =>
    expect(Math.abs(Date.parse(one) - Date.parse(other))).toBeLessThan(1_000);
  expect(forecast.exhausted.count).toBe(given.length);
  expectNear(forecast.exhausted.firstAt, given.toSorted()[0]);
  expectNear(forecast.exhausted.lastAt, given.toSorted().at(-1));
  expectNear(
    forecast.drain.endsAt,
    found
      .map(({ finishedAt }) => finishedAt)
      .toSorted()
      .at(-1),
  );
}, 60_000);

it("forecasts how long a rate limit makes the drain", async () => {
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url, { rateLimitPerSecond: 5 });
  world = { untilMs: 0, status: 500, retryAfter: null };
  await tenant.post(`${endpoint.path}/pause`);
  for (let made = 0; made < 20; made += 1) await tenant.publish();
  const startMs = server.clock.nowMs();
  const { body: forecast } = await tenant.client.get(`${endpoint.path}/forecast`);
  expect(forecast).toMatchObject({ made: 20, drain: { limitedBy: "rate_limit" }, capacityPerSecond: 5 });

  await tenant.post(`${endpoint.path}/resume`);
  const list = async () =>
    (await tenant.client.get(`${tenant.path}/deliveries?endpointId=${endpoint.id}`)).body.data as StoryDelivery[];
  for (let all = await list(); all.some(({ state }) => state === "pending");) {
    await server.advance(50);
    all = await server.until(async () => {
      const now = await list();
      return now.some(({ state }) => state === "in_flight") ? null : now;
    });
  }
  // The last goes out 3.8 s after the first; the clock moves in steps.
  const tookMs = server.clock.nowMs() - startMs;
  const saidMs = Date.parse(forecast.drain.endsAt) - startMs;
  expect(saidMs).toBeGreaterThan(3_500);
  expect(Math.abs(tookMs - saidMs)).toBeLessThan(500);
}, 60_000);
