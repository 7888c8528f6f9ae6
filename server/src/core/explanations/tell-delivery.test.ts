import { expect, test } from "vitest";

import type { ChangeRow } from "../../db/queries/list-changes-since.ts";
import { CANCEL_REASONS, describeEnd } from "./describe-end.ts";
import { type DeliveryFacts, tellDelivery, type TimelineAttempt } from "./tell-delivery.ts";

const begin = new Date("2026-03-01T12:00:00.000Z");
const at = (seconds: number) => new Date(begin.getTime() + seconds * 1000);

function attempt(part: Partial<TimelineAttempt> = {}): TimelineAttempt {
  return {
    id: 1,
    run: 1,
    number: 1,
    startedAt: begin,
    class: "http_server_error",
    address: null,
    timings: { waitMs: 0, dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 2, reused: true },
    tls: null,
    request: { bytes: 1, signedBy: [1] },
    response: { status: 500 },
    decision: "retry",
    reason: "The next follows.",
    nextAt: at(60),
    ...part,
  };
}

function tell(part: Partial<DeliveryFacts>, delivery: Partial<DeliveryFacts["delivery"]> = {}) {
  return tellDelivery({
    attempts: [],
    changes: [],
    standing: null,
    now: at(1000),
    delivery: {
      id: 1,
      endpointId: "00000000-0000-4000-8000-000000000001",
      state: "succeeded",
      reason: null,
      source: "publish",
      run: 1,
      attemptCount: 1,
      dueAt: null,
      createdAt: begin,
      finishedAt: at(500),
      lastAttemptAt: null,
      lastClass: null,
      lastStatus: null,
      ...delivery,
    },
    ...part,
  });
}

const change = (action: string, when: Date, before: string | null, after: string | null): ChangeRow => ({
  subject: "endpoint:1",
  action,
  at: when,
  status_before: before,
  status_after: after,
  held_before: null,
  held_after: null,
});

const late = (part: Partial<DeliveryFacts>) => tell(part).find(({ kind }) => kind === "late")?.text;

test("a try that was late says why only where an act is recorded that explains it", () => {
  const attempts = [attempt(), attempt({ number: 2, startedAt: at(100) })];
  expect(late({ attempts })).toMatch(/^Sent 40 s after it was due: .* which is not recorded\.$/);
  const changes = [change("endpoint.resume", at(99), "paused", "active")];
  expect(late({ attempts, changes })).toBe("Sent 40 s after it was due: the endpoint was stopped meanwhile.");
  expect(late({ attempts: [attempt(), attempt({ number: 2, startedAt: at(64) })] })).toBeUndefined();
});

test("acts stand between the attempts, and those after the end are left out", () => {
  const changes = [
    change("endpoint.update", at(10), "active", "active"),
    change("endpoint.pause", at(20), "active", "paused"),
    change("endpoint.delete", at(600), "active", null),
  ];
  const attempts = [attempt(), attempt({ number: 2, startedAt: at(62) })];
  const kinds = tell({ attempts, changes }).map(({ kind }) => kind);
  expect(kinds).toEqual(["stored", "attempt", "decided", "endpoint", "attempt", "decided", "ended"]);
});

test("a profile that was switched off and on again is told, and explains what was late", () => {
  const set = (when: Date, held: boolean): ChangeRow => {
    return { ...change("profile.set", when, null, null), held_before: !held, held_after: held };
  };
  const same = { ...set(at(30), true), held_before: true };
  const changes = [set(at(20), true), same, set(at(99), false)];
  const told = tell({ attempts: [attempt(), attempt({ number: 2, startedAt: at(100) })], changes });
  expect(told.filter(({ kind }) => kind === "endpoint").map(({ text }) => text)).toEqual([
    "The tenant switched all deliveries of the endpoint's profile off.",
    "The tenant switched all deliveries of the endpoint's profile on again.",
  ]);
  expect(told.find(({ kind }) => kind === "late")?.text).toContain("the endpoint was stopped meanwhile");
});

test("of more attempts than are told, the first one told begins no run and is not late", () => {
  const kinds = tell({ attempts: [attempt({ number: 7, startedAt: at(400) })] }).map(({ kind }) => kind);
  expect(kinds).toEqual(["stored", "attempt", "decided", "ended"]);
});

test("a rescue between two looks leaves out what it waits for, and nothing else", () => {
  const attempts = [attempt()];
  const kinds = tell({ attempts }, { state: "pending", finishedAt: null, dueAt: at(60) }).map(({ kind }) => kind);
  expect(kinds).toEqual(["stored", "attempt", "decided"]);
});

test.each(Object.keys(CANCEL_REASONS))("cancelled for %s says by what and what to do", (reason) => {
  const end = describeEnd(
    { state: "cancelled", reason, attemptCount: 2, run: 1, lastClass: null },
    { decision: "cancel" },
  );
  expect(end.text).toBe(`Cancelled after 2 tries in run 1 (${reason}).`);
  expect([end.cause, end.advice]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
});
