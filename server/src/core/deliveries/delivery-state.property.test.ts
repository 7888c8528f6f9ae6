/** Random walks over the state machine: whatever happens in whatever order, the invariants of the document hold. */
import fc from "fast-check";
import { expect, test } from "vitest";

import { changeDelivery, storeDelivery } from "./delivery-state.ts";
import type { Delivery, DeliveryEvent, DeliveryEventKind } from "./delivery-state.ts";

const CAUSES = ["endpoint_disabled", "endpoint_deleted", "tenant_deleted"] as const;
const HELD_BY_LEASE: ReadonlySet<DeliveryEventKind> = new Set([
  "accepted",
  "failed",
  "gave_up",
  "deferred",
  "held",
  "stopped",
  "released",
]);
const ATTEMPTS: ReadonlySet<DeliveryEventKind> = new Set(["accepted", "failed", "gave_up", "deferred", "stopped"]);

interface Step {
  readonly kind: DeliveryEventKind;
  readonly passedMs: number;
  readonly waitMs: number;
  /** Whether the event comes from a claim that is over. */
  readonly late: boolean;
  readonly cause: (typeof CAUSES)[number];
}

/** Moves of a delivery on its way are drawn more often, so that walks get far. */
const kinds = fc.oneof(
  { weight: 4, arbitrary: fc.constant<DeliveryEventKind>("leased") },
  { weight: 4, arbitrary: fc.constantFrom<DeliveryEventKind>("failed", "deferred", "held", "lease_lost", "released") },
  { weight: 1, arbitrary: fc.constantFrom<DeliveryEventKind>("accepted", "gave_up", "stopped") },
  { weight: 1, arbitrary: fc.constant<DeliveryEventKind>("resend_asked") },
  { weight: 1, arbitrary: fc.constantFrom<DeliveryEventKind>("endpoint_ended", "cancel_asked", "retention_due") },
);
const walks = fc.record({
  shortWay: fc.boolean(),
  steps: fc.array(
    fc.record<Step>({
      kind: kinds,
      passedMs: fc.nat({ max: 100_000 }),
      waitMs: fc.nat({ max: 100_000 }),
      late: fc.nat({ max: 9 }).map((draw) => draw === 0),
      cause: fc.constantFrom(...CAUSES),
    }),
    { maxLength: 60 },
  ),
});

interface Leases {
  last: number;
  over: number[];
}

function toEvent(step: Step, delivery: Delivery, leases: Leases, now: Date): DeliveryEvent {
  const held = delivery.state === "in_flight" ? delivery.lease : leases.last;
  const lease = step.late ? (leases.over.at(-1) ?? held) : held;
  const dueAt = new Date(now.getTime() + step.waitMs);
  switch (step.kind) {
    case "leased":
      return { kind: step.kind, lease: leases.last + 1 };
    case "accepted":
    case "gave_up":
      return { kind: step.kind, lease, attemptedAt: now };
    case "failed":
    case "deferred":
      return { kind: step.kind, lease, attemptedAt: now, dueAt };
    case "held":
      return { kind: step.kind, lease, dueAt };
    case "stopped":
      return { kind: step.kind, lease, attemptedAt: now, reason: step.cause };
    case "endpoint_ended":
      return { kind: step.kind, reason: step.cause };
    case "lease_lost":
    case "released":
      return { kind: step.kind, lease };
    case "cancel_asked":
    case "resend_asked":
    case "retention_due":
      return { kind: step.kind };
  }
}

function walk(
  { shortWay, steps }: { shortWay: boolean; steps: readonly Step[] },
  check: (before: Delivery, event: DeliveryEvent, after: Delivery, now: Date) => void,
): void {
  let now = new Date("2026-03-01T00:00:00.000Z");
  const leases: Leases = { last: 1, over: [] };
  let delivery = storeDelivery({ lease: shortWay ? leases.last : null, now });
  for (const step of steps) {
    now = new Date(now.getTime() + step.passedMs);
    const event = toEvent(step, delivery, leases, now);
    const changed = changeDelivery(delivery, event, now);
    const after = typeof changed === "string" ? delivery : changed;
    check(delivery, event, after, now);
    if (delivery.state === "in_flight" && after.state !== "in_flight") leases.over.push(delivery.lease);
    if (after.state === "in_flight") leases.last = Math.max(leases.last, after.lease);
    delivery = after;
  }
}

/** fast-check prints the seed and the shortest walk that fails. */
function holds(check: Parameters<typeof walk>[1]): void {
  fc.assert(
    fc.property(walks, (drawn) => walk(drawn, check)),
    { numRuns: 1000 },
  );
}

const isFinal = ({ state }: Delivery) => state !== "pending" && state !== "in_flight";

test("an end state is left only by a resend", () => {
  holds((before, event, after) => {
    if (isFinal(before) && after !== before) expect(event.kind).toBe("resend_asked");
  });
});

test("a run rises by one with a resend and by nothing else", () => {
  holds((before, event, after) => {
    const resent = event.kind === "resend_asked" && after !== before;
    expect(after.run - before.run).toBe(resent ? 1 : 0);
  });
});

test("within a run attempts and deferrals never fall, and a resend starts both at zero", () => {
  holds((before, _, after) => {
    if (after.run > before.run) expect([after.attempts, after.deferrals]).toEqual([0, 0]);
    else expect(after.attempts >= before.attempts && after.deferrals >= before.deferrals).toBe(true);
  });
});

test("an attempt raises tries or deferrals by one, and nothing else raises either", () => {
  holds((before, event, after) => {
    if (after.run !== before.run) return;
    const spent = after.attempts + after.deferrals - before.attempts - before.deferrals;
    expect(spent).toBe(after !== before && ATTEMPTS.has(event.kind) ? 1 : 0);
  });
});

test("only the holder of the current lease records an outcome", () => {
  holds((before, event, after) => {
    if (after === before || !HELD_BY_LEASE.has(event.kind)) return;
    expect(before.state).toBe("in_flight");
    expect("lease" in event && before.state === "in_flight" && event.lease === before.lease).toBe(true);
  });
});

test("a lease stands exactly on what is in flight", () => {
  holds((_, __, after) => {
    expect("lease" in after).toBe(after.state === "in_flight");
  });
});

test("what waits has a due time that is not before its cause", () => {
  holds((before, _, after, now) => {
    if (after === before) return;
    expect("dueAt" in after).toBe(after.state === "pending");
    if (after.state === "pending") expect(after.dueAt.getTime()).toBeGreaterThanOrEqual(now.getTime());
  });
});

test("what ended has its time, and a reason exactly when it was cancelled", () => {
  holds((before, _, after, now) => {
    expect("finishedAt" in after).toBe(isFinal(after));
    if (!("finishedAt" in after)) return;
    expect(after.reason !== null).toBe(after.state === "cancelled");
    if (after !== before) expect(after.finishedAt).toEqual(now);
  });
});

test("a success is sent again only in another run", () => {
  holds((before, _, after) => {
    if (before.state === "succeeded" && after !== before) expect(after.run).toBe(before.run + 1);
  });
});
