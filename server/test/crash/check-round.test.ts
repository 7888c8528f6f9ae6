import { expect, it } from "vitest";

import { toNumberId } from "../../src/core/ids/public-id.ts";
import { checkRound, type DeathFacts, type RoundFacts } from "./check-round.ts";
import type { Ledger } from "./read-ledger.ts";
import type { Publish } from "./start-load.ts";

const ENDPOINT = { id: "5a1f7c52-0000-4000-8000-000000000001", path: "/prompt" };
const NODE = 3;
const EVENT = 1_000;
const DELIVERY = 2_000;
const REQUEST = { path: ENDPOINT.path, eventId: toNumberId("evt", EVENT) };
const OF_DELIVERY = { delivery_id: DELIVERY, event_id: EVENT, endpoint_id: ENDPOINT.id };

const event = { id: EVENT, key: "event-1", source: "publish", deliveries: 1 };
const ended = { ...OF_DELIVERY, run: 1, attempts: 1, state: "succeeded" };
const waiting = { ...OF_DELIVERY, run: 1, attempts: 0, deferrals: 0, lease: null };
const inFlight = { ...waiting, lease: NODE * 2 ** 32 + 1 };
const accepted = {
  delivery_id: DELIVERY,
  run: 1,
  number: 1,
  outcome: "accepted",
  decision: "finish",
  is_answered: true,
};
const rejected = { ...accepted, outcome: "rejected", decision: "retry" };
const lane = { endpoint_id: ENDPOINT.id, turns: true };

const EMPTY: Ledger = { events: [], queue: [], ended: [], attempts: [], lanes: [] };
const DONE: Ledger = { ...EMPTY, events: [event], ended: [ended], attempts: [accepted] };

/** An event that was answered, in flight at the death, and sent once more after it. */
function setup(change: Partial<RoundFacts> = {}, ofDeath: Partial<DeathFacts> = {}): ReturnType<typeof checkRound> {
  const publish: Publish = {
    events: [{ id: "event-1", type: "order.paid" }],
    isBatch: false,
    answered: [toNumberId("evt", EVENT)],
  };
  const death: DeathFacts = {
    nodeId: NODE,
    found: { ...EMPTY, events: [event], queue: [inFlight] },
    answered: new Set([publish]),
    requests: 1,
    ...ofDeath,
  };
  return checkRound({
    tenant: { endpoints: [{ ...ENDPOINT, eventTypes: ["order.paid"], endsAs: "succeeded" }] },
    publishes: [publish],
    resends: [],
    deaths: [death],
    requests: [REQUEST, REQUEST],
    final: DONE,
    ...change,
  });
}

it("finds nothing wrong with a repeat of what was in flight", () => {
  expect(setup()).toEqual({ lost: 0, repeated: 1, inFlight: 1, violations: [] });
});

it.each<[string, Partial<RoundFacts>, Partial<DeathFacts>]>([
  ["was answered and is stored 0 times", { final: EMPTY }, {}],
  ["is missing, not succeeded", { final: { ...DONE, ended: [] } }, {}],
  ["is unfinished, not succeeded", { final: { ...EMPTY, events: [event], queue: [waiting], lanes: [lane] } }, {}],
  ["it was sent 0 times", { requests: [] }, {}],
])("takes for lost what %s", (text, change, ofDeath) => {
  const { lost, violations } = setup(change, ofDeath);
  expect(lost).toBe(1);
  expect(violations.join("\n")).toContain(text);
});

it.each<[string, Partial<RoundFacts>, Partial<DeathFacts>]>([
  ["was in flight at 0 deaths", {}, { found: { ...EMPTY, events: [event], queue: [waiting], lanes: [lane] } }],
  ["was in flight at 0 deaths", {}, { nodeId: NODE + 1 }],
  ["was repeated 2 times", { requests: [REQUEST, REQUEST, REQUEST] }, {}],
  ["had ended at the death and was sent again", {}, { found: DONE }],
  ["has 1 answered attempts, but was sent 0 times", { requests: [] }, {}],
  ["was not found after the death", {}, { found: EMPTY }],
  ["has 0 deliveries and says 1, not 1", {}, { found: { ...EMPTY, events: [event] } }],
  ["no turn of its lane is coming", {}, { found: { ...EMPTY, events: [event], queue: [waiting] } }],
  [
    "no turn of its lane is coming",
    {},
    { found: { ...EMPTY, events: [event], queue: [waiting], lanes: [{ ...lane, turns: false }] } },
  ],
  ["waits and has ended", { final: { ...DONE, queue: [waiting], lanes: [lane] } }, {}],
  ["has attempts 2 in run 1", { final: { ...DONE, attempts: [{ ...accepted, number: 2 }] } }, {}],
  ["has attempts 1, 1 in run 1", { final: { ...DONE, attempts: [accepted, accepted] } }, {}],
  [
    "was tried again in run 1 after it was accepted",
    { final: { ...DONE, ended: [{ ...ended, attempts: 2 }], attempts: [accepted, { ...accepted, number: 2 }] } },
    {},
  ],
  ["is succeeded against its last attempt", { final: { ...DONE, attempts: [rejected] } }, {}],
  ["counts 1 tries, not 0", { final: { ...DONE, attempts: [] } }, {}],
  ["counts 0 tries of its run, 1 are recorded", { final: { ...DONE, queue: [waiting], lanes: [lane] } }, {}],
  ["is in run 2 after 0 accepted resends", { final: { ...DONE, ended: [{ ...ended, run: 2 }] } }, {}],
  [
    "is in run 1 after 1 accepted resends",
    { resends: [{ deliveryId: toNumberId("dlv", DELIVERY), outcome: "accepted" }] },
    {},
  ],
])("finds that a delivery %s", (text, change, ofDeath) => {
  expect(setup(change, ofDeath).violations.join("\n")).toContain(text);
});

it("finds a batch that is stored in part", () => {
  const publish: Publish = {
    events: [
      { id: "event-1", type: "order.paid" },
      { id: "event-2", type: "order.paid" },
    ],
    isBatch: true,
    answered: [],
  };
  expect(setup({ publishes: [publish] }).violations.join("\n")).toContain("stored in part: 1 of 2 events");
});

it("takes a new run for no repeat of what had ended", () => {
  const second = { ...accepted, run: 2 };
  const { violations } = setup(
    {
      resends: [{ deliveryId: toNumberId("dlv", DELIVERY), outcome: "unanswered" }],
      final: { ...DONE, ended: [{ ...ended, run: 2 }], attempts: [accepted, second] },
    },
    { found: DONE },
  );
  expect(violations).toEqual([]);
});
