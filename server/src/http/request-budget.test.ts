import { expect, test } from "vitest";

import { RequestBudgets } from "./request-budget.ts";

const START = 1_700_000_000_000;

test("a budget is spent down to nothing and begins anew a minute after its first request", () => {
  const budgets = new RequestBudgets();
  const spend = (afterMs: number) => budgets.spend({ who: "a", limit: 2, nowMs: START + afterMs });
  const resetAt = START / 1000 + 60;
  expect(spend(0)).toEqual({ limit: 2, remaining: 1, resetAt, retryAfterSeconds: null });
  expect(spend(10_000)).toEqual({ limit: 2, remaining: 0, resetAt, retryAfterSeconds: null });
  expect(spend(10_500)).toEqual({ limit: 2, remaining: 0, resetAt, retryAfterSeconds: 50 });
  expect(spend(59_999).retryAfterSeconds).toBe(1);
  expect(spend(60_000)).toEqual({ limit: 2, remaining: 1, resetAt: resetAt + 60, retryAfterSeconds: null });
});

test("each spends their own, and who gets another limit has it at once", () => {
  const budgets = new RequestBudgets();
  budgets.spend({ who: "a", limit: 1, nowMs: START });
  expect(budgets.spend({ who: "b", limit: 1, nowMs: START }).retryAfterSeconds).toBeNull();
  expect(budgets.spend({ who: "a", limit: 1, nowMs: START }).retryAfterSeconds).toBe(60);
  expect(budgets.spend({ who: "a", limit: 3, nowMs: START })).toMatchObject({ remaining: 1, retryAfterSeconds: null });
});

test("beyond its bound the oldest count is forgotten, and a clock set back holds nobody", () => {
  const budgets = new RequestBudgets(2);
  for (const who of ["a", "b", "c"]) budgets.spend({ who, limit: 1, nowMs: START });
  expect(budgets.spend({ who: "c", limit: 1, nowMs: START }).retryAfterSeconds).toBe(60);
  expect(budgets.spend({ who: "a", limit: 1, nowMs: START }).retryAfterSeconds).toBeNull();
  expect(budgets.spend({ who: "a", limit: 1, nowMs: START - 3_600_000 }).retryAfterSeconds).toBeNull();
});
