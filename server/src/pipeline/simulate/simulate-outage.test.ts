import fc from "fast-check";
import { expect, test } from "vitest";

import { type Scenario, UNTROUBLED } from "../../core/simulations/scenario.ts";
import { simulateOutage } from "./simulate-outage.ts";
import { TimeHeap } from "./time-heap.ts";

const startsAt = new Date("2026-03-01T00:00:00.000Z");
const HOUR = 3_600;
const at = (seconds: number) => new Date(startsAt.getTime() + seconds * 1000);

function simulate(part: Partial<Scenario> & { readonly failure?: Scenario["failure"] } = {}) {
  const scenario: Scenario = {
    profile: "selfcommunity",
    retryWaits: null,
    timeoutMs: null,
    rateLimitPerSecond: null,
    maxInFlight: null,
    status: "active",
    health: UNTROUBLED,
    startsAt,
    outageMs: HOUR * 1000,
    failure: { status: 500, class: null, retryAfterSeconds: null, answerMs: 0 },
    answerMs: 0,
    eventsPerSecond: 0.1,
    publishesAtStart: true,
    waiting: [],
    ...part,
  };
  return simulateOutage(scenario, { defaultMaxInFlight: 16 });
}

const answering = (status: number, retryAfterSeconds: number | null = null) => ({
  failure: { status, class: null, retryAfterSeconds, answerMs: 0 },
});

test("tries follow the profile's waits, to the second where it has no jitter", () => {
  const [first] = simulate({ outageMs: 2 * HOUR * 1000 }).deliveries;
  expect(first?.tries.map(({ earliestAt }) => earliestAt)).toEqual([0, 5, 30, 155, 780, 3905].map(at));
  expect(first?.tries.every(({ outcome }) => outcome === "fails")).toBe(true);
  expect(first).toMatchObject({ end: "exhausted", endsEarliestAt: at(3905), endsLatestAt: at(3905) });
});

test("with jitter each try has its bounds, and one at the end of the outage may fail or succeed", () => {
  const [first] = simulate({ profile: "standard", outageMs: 300_000 }).deliveries;
  expect(first?.tries).toEqual([
    { number: 1, earliestAt: at(0), latestAt: at(0), outcome: "fails" },
    { number: 2, earliestAt: at(4), latestAt: at(6), outcome: "fails" },
    { number: 3, earliestAt: at(244), latestAt: at(366), outcome: "may_fail" },
    { number: 4, earliestAt: at(244 + 1440), latestAt: at(299.999 + 2160), outcome: "succeeds" },
  ]);
  expect(first).toMatchObject({ end: "succeeded", endsEarliestAt: at(300), endsLatestAt: at(299.999 + 2160) });
});

test("what is made early enough is given up, the rest succeeds when its next try is due", () => {
  const { made, exhausted, waitingAtEnd, drain } = simulate({ outageMs: 5_000_000 });
  // All six tries of what is made within the first 1,095 s lie in the outage of 5,000 s: 110 deliveries, ten seconds apart.
  expect([made, exhausted?.count, waitingAtEnd]).toEqual([500, 110, 390]);
  expect(exhausted).toMatchObject({ madeFrom: at(0), madeUntil: at(1090), firstAt: at(3905), lastAt: at(4995) });
  expect(drain).toMatchObject({ caughtUpAt: at(5000), limitedBy: "schedule" });
  expect(drain?.endsAt.getTime()).toBeLessThanOrEqual(at(5000 + 3905).getTime());
});

test("a rate limit and a cap make the drain as long as they must, with what comes meanwhile", () => {
  const waiting = [{ count: 9_000, dueAt: startsAt, madeAt: startsAt, attempts: 1, deferrals: 0 }];
  const back = { outageMs: 0, eventsPerSecond: 10, waiting };
  const byRate = simulate({ ...back, rateLimitPerSecond: 100 });
  expect(byRate.drain?.limitedBy).toBe("rate_limit");
  expect(Math.abs((byRate.drain?.caughtUpAt?.getTime() ?? 0) - at(100).getTime())).toBeLessThan(5_000);
  const byCap = simulate({ ...back, maxInFlight: 5, answerMs: 50 });
  expect(byCap.capacityPerSecond).toBe(100);
  expect(byCap.drain?.limitedBy).toBe("in_flight_cap");
  expect(Math.abs((byCap.drain?.caughtUpAt?.getTime() ?? 0) - at(100).getTime())).toBeLessThan(5_000);
  const never = simulate({ ...back, rateLimitPerSecond: 9 }).drain;
  expect(never).toMatchObject({ caughtUpAt: null, limitedBy: "rate_limit" });
  expect(Math.abs((never?.endsAt.getTime() ?? 0) - at(1000).getTime())).toBeLessThan(5_000);
});

test("attempts that time out fill the cap, so that what is due waits behind them", () => {
  const failure = { status: null, class: "headers_timeout", retryAfterSeconds: null, answerMs: null } as const;
  const { settings, overdueAtEnd } = simulate({ failure, eventsPerSecond: 10, outageMs: 600_000 });
  expect(settings).toMatchObject({ failedAttemptMs: 10_000, maxInFlight: 16, failureClass: "headers_timeout" });
  // At most 1.6 attempts a second leave, and 10 come.
  expect(overdueAtEnd).toBeGreaterThan(4_500);
  expect(simulate({ eventsPerSecond: 10, outageMs: 600_000 }).overdueAtEnd).toBe(0);
});

test("Retry-After holds the endpoint and spends no try, twenty times a run", () => {
  const { deliveries, exhausted } = simulate({ profile: "standard", ...answering(503, 60), eventsPerSecond: 0.01 });
  const times = deliveries[0]?.tries.map(({ earliestAt }) => earliestAt.getTime()) ?? [];
  expect(times.slice(0, 21)).toEqual(Array.from({ length: 21 }, (_, index) => at(60 * index).getTime()));
  expect(times[21]).toBe(at(1200 + 4).getTime());
  expect(exhausted).toBeNull();
});

test("410 disables an endpoint whose profile obeys it: what waits is cancelled, what follows is not made", () => {
  const waiting = [{ count: 3, dueAt: at(60), madeAt: startsAt, attempts: 1, deferrals: 0 }];
  const gone = simulate({ profile: "standard", ...answering(410), waiting, eventsPerSecond: 0.05 });
  expect(gone.stopped).toEqual({ status: "disabled", reason: "gone", at: startsAt, cancelled: 3 });
  expect([gone.exhausted?.count, gone.missed, gone.waitingAtEnd]).toEqual([1, 179, 0]);
  expect(simulate(answering(410)).stopped).toBeNull();
});

test("an endpoint is warned about and stopped when its profile says so, and resumed at the end", () => {
  const paused = simulate({ profile: "thesignup", eventsPerSecond: 0.25 });
  // Fifteen in the first minute, then two every four seconds, since what was made first is tried again after a minute.
  expect(paused.stopped).toEqual({ status: "paused", reason: "failing", at: at(68), cancelled: 0 });
  expect([paused.made, paused.waitingAtEnd, paused.exhausted, paused.overdueAtEnd]).toEqual([900, 900, null, 900]);
  const days = simulate({ profile: "standard", eventsPerSecond: 0.001, outageMs: 6 * 24 * HOUR * 1000 });
  expect(days.warnedAt?.getTime()).toBeGreaterThanOrEqual(at(24 * HOUR).getTime());
  expect(days.stopped).toMatchObject({ status: "paused", reason: "failing" });
  expect(days.stopped?.at.getTime()).toBeGreaterThanOrEqual(at(5 * 24 * HOUR).getTime());
});

test("much traffic is computed in groups, with the same shares", () => {
  const few = simulate({ outageMs: 5_000_000 });
  const many = simulate({ outageMs: 5_000_000, eventsPerSecond: 1_000 });
  expect([few.groupOf, many.made]).toEqual([1, 5_000_000]);
  expect(many.groupOf).toBeGreaterThan(1_000);
  expect(many.exhausted?.share).toBeCloseTo(few.exhausted?.share ?? 0, 1);
});

test("a receiver that is slow to fail does not hide when the endpoint is stopped, whatever the traffic", () => {
  const failure = { status: null, class: "headers_timeout", retryAfterSeconds: null, answerMs: null } as const;
  const week = { profile: "velt", failure, outageMs: 7 * 24 * HOUR * 1000 } as const;
  const { stopped, missed, made } = simulate({ ...week, eventsPerSecond: 200 });
  const late = (stopped?.at.getTime() ?? 0) - at(5 * 24 * HOUR).getTime();
  // By the first attempt that fails after five days; the first that failed took 15 s.
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(HOUR * 1000);
  expect((missed + made) / (200 * 7 * 24 * HOUR)).toBeCloseTo(1, 3);
});

test("whatever is asked is answered in bounded time, and nothing gets lost", () => {
  const scenarios = fc.record({
    profile: fc.constantFrom("standard", "selfcommunity", "velt", "thesignup" as const),
    retryWaits: fc.option(fc.array(fc.integer({ min: 1, max: 2_592_000 }), { maxLength: 50 })),
    rateLimitPerSecond: fc.option(fc.integer({ min: 1, max: 100_000 })),
    maxInFlight: fc.option(fc.integer({ min: 1, max: 1000 })),
    outageMs: fc.integer({ min: 1000, max: 2_592_000_000 }),
    answerMs: fc.integer({ min: 0, max: 60_000 }),
    eventsPerSecond: fc.double({ min: 0, max: 100_000, noNaN: true }),
    failure: fc.record({
      status: fc.constantFrom(301, 404, 410, 429, 500, 503),
      class: fc.constant(null),
      retryAfterSeconds: fc.option(fc.integer({ min: 0, max: 2_592_000 })),
      answerMs: fc.option(fc.integer({ min: 0, max: 60_000 })),
    }),
  });
  fc.assert(
    fc.property(scenarios, (part) => {
      const begun = performance.now();
      const forecast = simulate(part);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(forecast.made + forecast.missed).toBeGreaterThanOrEqual(forecast.exhausted?.count ?? 0);
      expect(forecast.waitingAtEnd).toBeGreaterThanOrEqual(forecast.overdueAtEnd);
      if (forecast.drain !== null) expect(forecast.drain.endsAt >= at(part.outageMs / 1000)).toBe(true);
      for (const { tries } of forecast.deliveries) {
        for (const one of tries) expect(one.latestAt >= one.earliestAt).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

test("the heap gives back by time, then by turn", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const heap = new TimeHeap<{ atMs: number; turn: number }>();
      for (const [turn, atMs] of times.entries()) heap.push({ atMs, turn });
      const given = times.map(() => heap.shift());
      const expected = times
        .map((atMs, turn) => ({ atMs, turn }))
        .toSorted((one, other) => one.atMs - other.atMs || one.turn - other.turn);
      expect(given).toEqual(expected);
      expect(heap.shift()).toBeUndefined();
    }),
  );
});
