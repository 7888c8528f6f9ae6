import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { changeDelivery, DELIVERY_STATES, findNextState, storeDelivery } from "./delivery-state.ts";
import type { Delivery, DeliveryEvent, DeliveryEventKind } from "./delivery-state.ts";

const document = readFileSync(new URL("../../../../docs/delivery-states.md", import.meta.url), "utf8");
const start = new Date("2026-03-01T12:00:00.000Z");
const after = (ms: number) => new Date(start.getTime() + ms);

function change(delivery: Delivery, event: DeliveryEvent, now = start): Delivery {
  const changed = changeDelivery(delivery, event, now);
  if (typeof changed === "string") throw new Error(`${event.kind} is ${changed} in ${delivery.state}`);
  return changed;
}

const inFlight = () => storeDelivery({ lease: 7, now: start });
const pending = () => storeDelivery({ lease: null, now: start });

test("the table of the document is the table of the code", () => {
  const header = `| Event | ${DELIVERY_STATES.map((state) => `\`${state}\``).join(" | ")} |`;
  expect(document).toContain(header);
  const rows = document.slice(document.indexOf(header)).split("\n\n")[0]?.split("\n").slice(2) ?? [];
  const written = Object.fromEntries(
    rows.map((row) => {
      const [kind = "", ...cells] = row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", ""));
      return [kind, cells];
    }),
  );
  const kinds = Object.keys(written) as DeliveryEventKind[];
  const coded = kinds.map((kind) => [kind, DELIVERY_STATES.map((state) => findNextState(state, kind))]);
  expect(written).toEqual(Object.fromEntries(coded));
  expect(kinds).toHaveLength(13);
});

test("the short way begins in flight, everything else begins waiting and due", () => {
  expect(inFlight()).toMatchObject({ state: "in_flight", lease: 7, run: 1, attempts: 0 });
  expect(pending()).toMatchObject({ state: "pending", dueAt: start, run: 1, attempts: 0 });
});

test("an outcome under another lease is refused, a rescue of another lease changes nothing", () => {
  expect(changeDelivery(inFlight(), { kind: "accepted", lease: 6, attemptedAt: start }, start)).toBe("refused");
  expect(changeDelivery(inFlight(), { kind: "lease_lost", lease: 6 }, start)).toBe("unchanged");
});

test("a delivery in flight can be neither cancelled nor resent", () => {
  expect(changeDelivery(inFlight(), { kind: "cancel_asked" }, start)).toBe("refused");
  expect(changeDelivery(inFlight(), { kind: "resend_asked" }, start)).toBe("refused");
});

test("an endpoint that ends leaves what is in flight to its outcome", () => {
  const ended: DeliveryEvent = { kind: "endpoint_ended", reason: "endpoint_disabled" };
  expect(changeDelivery(inFlight(), ended, start)).toBe("unchanged");
  const rescued = change(inFlight(), { kind: "lease_lost", lease: 7 });
  expect(change(rescued, ended)).toMatchObject({ state: "cancelled", reason: "endpoint_disabled" });
});

test("a failed try waits until the time it is given, with the try spent", () => {
  const failed = change(inFlight(), { kind: "failed", lease: 7, attemptedAt: start, dueAt: after(5000) }, after(100));
  expect(failed).toMatchObject({ state: "pending", dueAt: after(5000), attempts: 1, deferrals: 0 });
});

test("a deferred try spends none", () => {
  const deferred = change(inFlight(), { kind: "deferred", lease: 7, attemptedAt: start, dueAt: after(5000) });
  expect(deferred).toMatchObject({ state: "pending", attempts: 0, deferrals: 1, lastAttemptAt: start });
});

test("what was held had no attempt", () => {
  const held = change(inFlight(), { kind: "held", lease: 7, dueAt: after(5000) });
  expect(held).toMatchObject({ state: "pending", attempts: 0, deferrals: 0, lastAttemptAt: null });
});

test("a resend of a finished or waiting delivery is a new run that is due now", () => {
  const succeeded = change(inFlight(), { kind: "accepted", lease: 7, attemptedAt: start });
  for (const delivery of [succeeded, pending()]) {
    const resent = change(delivery, { kind: "resend_asked" }, after(9));
    expect(resent).toMatchObject({ state: "pending", run: 2, attempts: 0, dueAt: after(9), runStartedAt: after(9) });
  }
});
