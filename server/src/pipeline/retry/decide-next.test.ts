import { expect, test } from "vitest";

import { standard } from "../../profiles/standard.ts";
import { decideNext } from "./decide-next.ts";
import type { FinishedAttempt } from "./decide-next.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const after = (ms: number) => new Date(now.getTime() + ms);
const DAY_MS = 86_400_000;

const setup = (changes: Partial<FinishedAttempt>): FinishedAttempt => ({
  profile: standard,
  waitsSeconds: standard.waitsSeconds,
  source: "publish",
  attempts: 0,
  deferrals: 0,
  class: "http_server_error",
  status: 500,
  retryAfter: null,
  endpoint: "active",
  now,
  random: 0.5,
  ...changes,
});
const decide = (changes: Partial<FinishedAttempt>) => decideNext(setup(changes));
const accepted = { class: null, status: 204 } as const;
const limited = { class: "http_rate_limited", status: 429 } as const;

test("an accepted delivery is finished, whatever became of its endpoint", () => {
  for (const endpoint of ["active", "paused", "disabled", "deleted"] as const) {
    expect(decide({ ...accepted, endpoint })).toMatchObject({ kind: "finish", nextState: "succeeded", attempts: 1 });
  }
});

test("each failure waits its own time, and after the last wait nothing follows", () => {
  const waits = standard.waitsSeconds.map((_, attempts) => decide({ attempts }));
  expect(waits.map((decision) => decision.kind === "retry" && decision.at)).toEqual(
    standard.waitsSeconds.map((wait) => after(wait * 1000)),
  );
  expect(decide({ attempts: 9 })).toMatchObject({ kind: "give_up", nextState: "exhausted", attempts: 10 });
});

test("jitter is a fifth below to a fifth above", () => {
  expect(decide({ attempts: 1, random: 0 })).toMatchObject({ at: after(240_000) });
  expect(decide({ attempts: 1, random: 0.999999999 })).toMatchObject({ at: after(360_000) });
});

test("an endpoint's own waits count, and none means one try", () => {
  expect(decide({ waitsSeconds: [60] })).toMatchObject({ kind: "retry", at: after(60_000) });
  expect(decide({ waitsSeconds: [60], attempts: 1 }).kind).toBe("give_up");
  expect(decide({ waitsSeconds: [] }).kind).toBe("give_up");
});

test.each(["disabled", "deleted"] as const)("a failure cancels when the endpoint is %s meanwhile", (endpoint) => {
  const cause = `endpoint_${endpoint}`;
  expect(decide({ endpoint })).toMatchObject({ kind: "cancel", nextState: "cancelled", cause, attempts: 1 });
});

test("a failure of a paused endpoint waits like any other", () => {
  expect(decide({ endpoint: "paused" })).toMatchObject({ kind: "retry", at: after(5000), attempts: 1 });
});

test.each(["test", "probe"] as const)("a %s is never repeated", (source) => {
  for (const changes of [{}, { ...limited, retryAfter: "5" }, { class: "key_unavailable", status: null }] as const) {
    expect(decide({ source, ...changes })).toMatchObject({ kind: "give_up", disable: null });
  }
});

test("operational deliveries are retried like others", () => {
  expect(decide({ source: "operational" }).kind).toBe("retry");
});

test("a forbidden address is final at once", () => {
  expect(decide({ class: "blocked_address", status: null })).toMatchObject({ kind: "give_up", disable: null });
});

test("a missing key holds the whole endpoint and spends nothing", () => {
  const held = decide({ class: "key_unavailable", status: null, attempts: 2, deferrals: 1 });
  expect(held).toMatchObject({ kind: "hold", nextState: "pending", attempts: 2, deferrals: 1 });
  expect(held).toMatchObject({ at: after(60_000), parkEndpointUntil: after(60_000) });
});

test("410 ends the delivery and disables the endpoint", () => {
  expect(decide({ class: "http_gone", status: 410 })).toMatchObject({ kind: "give_up", disable: "gone" });
  expect(decide({ class: "http_gone", status: 410, endpoint: "paused" })).toMatchObject({ disable: "gone" });
});

test("410 to what no publisher sent disables nothing", () => {
  expect(decide({ class: "http_gone", status: 410, source: "operational" })).toMatchObject({ disable: null });
  expect(decide({ class: "http_gone", status: 410, source: "test" })).toMatchObject({ disable: null });
});

test("410 is a failure like others where the profile says so", () => {
  const profile = { ...standard, gone: "fail" as const };
  expect(decide({ profile, class: "http_gone", status: 410 })).toMatchObject({ kind: "retry", disable: null });
});

test.each([
  ["0", 1000],
  ["1", 1000],
  ["90", 90_000],
  ["86400", DAY_MS],
  ["86401", DAY_MS],
  ["Sun, 01 Mar 2026 12:10:00 GMT", 600_000],
  ["Sun, 01 Mar 2026 11:00:00 GMT", 1000],
])("Retry-After %s parks the endpoint for %d ms and spends no try", (retryAfter, ms) => {
  const deferred = decide({ ...limited, retryAfter, attempts: 3 });
  expect(deferred).toMatchObject({ kind: "defer", attempts: 3, deferrals: 1 });
  expect(deferred).toMatchObject({ at: after(ms), parkEndpointUntil: after(ms) });
});

test("Retry-After counts on 429 and 503 only", () => {
  expect(decide({ class: "http_gateway", status: 503, retryAfter: "9" }).kind).toBe("defer");
  expect(decide({ class: "http_server_error", status: 500, retryAfter: "9" }).kind).toBe("retry");
  expect(decide({ class: "http_redirect", status: 301, retryAfter: "9" }).kind).toBe("retry");
});

test("a Retry-After that cannot be read is as good as absent", () => {
  expect(decide({ ...limited, retryAfter: "soon" })).toMatchObject({ kind: "retry", attempts: 1, deferrals: 0 });
});

test("the twentieth deferral of a run is the last", () => {
  expect(decide({ ...limited, retryAfter: "9", deferrals: 19 })).toMatchObject({ kind: "defer", deferrals: 20 });
  expect(decide({ ...limited, retryAfter: "9", deferrals: 20 })).toMatchObject({ kind: "retry", deferrals: 20 });
});

test("a deferred delivery of an endpoint that was deleted meanwhile is cancelled", () => {
  expect(decide({ ...limited, retryAfter: "9", endpoint: "deleted" }).kind).toBe("cancel");
});

test("Retry-After is ignored where the profile ignores it", () => {
  expect(decide({ ...limited, retryAfter: "9", profile: { ...standard, retryAfter: null } }).kind).toBe("retry");
});

test("the reason says what happened and what follows", () => {
  expect(decide({}).reason).toBe("Try 1 of 10 failed (http_server_error, 500). The next follows in 5 s.");
  expect(decide({ attempts: 9, class: "connect_refused", status: null }).reason).toBe(
    "Try 10 of 10 failed (connect_refused). No try is left.",
  );
});
