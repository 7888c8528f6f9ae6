import { expect, test } from "vitest";

import { standard } from "../../profiles/standard.ts";
import type { HealthRule } from "../../profiles/profile.ts";
import { decideHealth, UNTRIED } from "./decide-health.ts";
import type { EndpointHealth, HealthInput } from "./decide-health.ts";

const DAY_MS = 86_400_000;
const start = new Date("2026-03-01T00:00:00.000Z");
const at = (ms: number) => new Date(start.getTime() + ms);

const failed = (ms: number, deliveries = 0, tries = 1) => ({
  lastSuccessAt: null,
  failures: { firstAt: at(ms), lastAt: at(ms), tries, deliveries },
});
const failing: EndpointHealth = { ...UNTRIED, failingSince: start, consecutiveFailures: 100, lastFailureAt: start };
const warned: EndpointHealth = { ...failing, warnedAt: at(DAY_MS) };

const decide = (changes: Partial<HealthInput> & Pick<HealthInput, "facts">, ms: number) =>
  decideHealth({ before: UNTRIED, rule: standard.health, status: "active", now: at(ms), ...changes });

test("the first failure starts the clock", () => {
  expect(decide({ facts: failed(7) }, 7)).toEqual({
    after: { ...UNTRIED, failingSince: at(7), consecutiveFailures: 1, lastFailureAt: at(7) },
    effect: null,
  });
});

test("further failures add up and leave the clock", () => {
  const { after } = decide({ before: failing, facts: failed(9, 2, 3) }, 9);
  expect(after).toMatchObject({ failingSince: start, consecutiveFailures: 103, failedDeliveries: 2 });
});

test("a success clears everything", () => {
  const facts = { lastSuccessAt: at(10), failures: null };
  expect(decide({ before: { ...warned, failedDeliveries: 40 }, facts }, 10 * DAY_MS)).toEqual({
    after: { ...UNTRIED, lastSuccessAt: at(10), lastFailureAt: start },
    effect: null,
  });
});

test("failures after a success in one batch start a new clock", () => {
  const facts = { ...failed(20), lastSuccessAt: at(10) };
  const { after } = decide({ before: { ...failing, failedDeliveries: 40 }, facts }, 6 * DAY_MS);
  expect(after).toMatchObject({ failingSince: at(20), consecutiveFailures: 1, failedDeliveries: 0 });
});

test("failures that another node's success came after count for nothing", () => {
  const before = { ...UNTRIED, lastSuccessAt: at(50) };
  expect(decide({ before, facts: failed(40) }, 60).after).toEqual({ ...before, lastFailureAt: at(40) });
});

test("a success that is older than the first failure clears nothing", () => {
  const before = { ...failing, failingSince: at(50) };
  const { after } = decide({ before, facts: { lastSuccessAt: at(40), failures: null } }, 60);
  expect(after).toEqual({ ...before, lastSuccessAt: at(40) });
});

test("the owner is warned after a day of failures, not a millisecond before, and once", () => {
  const before = { ...failing, consecutiveFailures: 4 };
  expect(decide({ before, facts: failed(DAY_MS - 1) }, DAY_MS - 1).effect).toBeNull();
  const decision = decide({ before, facts: failed(DAY_MS) }, DAY_MS);
  expect(decision).toMatchObject({ effect: "warn", after: { warnedAt: at(DAY_MS) } });
  expect(decide({ before: decision.after, facts: failed(DAY_MS) }, DAY_MS + 1).effect).toBeNull();
});

test("four failed tries in a day are too few for a warning", () => {
  expect(decide({ before: { ...failing, consecutiveFailures: 3 }, facts: failed(DAY_MS) }, DAY_MS).effect).toBeNull();
});

test("five days and twenty failed deliveries pause, neither a millisecond nor a delivery less", () => {
  const before = { ...warned, failedDeliveries: 19 };
  const end = 5 * DAY_MS;
  expect(decide({ before, facts: failed(end, 1) }, end).effect).toBe("pause");
  expect(decide({ before, facts: failed(end - 1, 1) }, end - 1).effect).toBeNull();
  expect(decide({ before, facts: failed(end, 0) }, end).effect).toBeNull();
});

test("an endpoint that is stopped without a warning is not warned afterwards", () => {
  const before = { ...failing, failedDeliveries: 30 };
  const decision = decide({ before, facts: failed(5 * DAY_MS) }, 5 * DAY_MS);
  expect(decision).toMatchObject({ effect: "pause", after: { warnedAt: at(5 * DAY_MS) } });
});

test.each(["paused", "disabled"] as const)("a %s endpoint is not paused again", (status) => {
  const before = { ...failing, failedDeliveries: 30 };
  expect(decide({ before, status, facts: failed(6 * DAY_MS) }, 6 * DAY_MS).effect).toBeNull();
});

test("a rule of failed tries alone fires at its count, and one of days alone at its time", () => {
  const tries: HealthRule = {
    warn: null,
    stop: { becomes: "paused", afterMs: 0, failedTries: 20, failedDeliveries: 0 },
  };
  const days: HealthRule = {
    warn: null,
    stop: { becomes: "disabled", afterMs: 5 * DAY_MS, failedTries: 1, failedDeliveries: 0 },
  };
  const before = { ...failing, consecutiveFailures: 18 };
  expect(decide({ before, rule: tries, facts: failed(1) }, 1).effect).toBeNull();
  expect(decide({ before, rule: tries, facts: failed(1, 0, 2) }, 1).effect).toBe("pause");
  expect(decide({ before, rule: days, facts: failed(5 * DAY_MS) }, 5 * DAY_MS).effect).toBe("disable");
});
