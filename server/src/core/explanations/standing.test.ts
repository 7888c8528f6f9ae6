import { expect, test } from "vitest";

import type { StandingRow } from "../../db/queries/read-standing.ts";
import { AHEAD_COUNTED_MAX, describeStanding } from "./standing.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const before = new Date(now.getTime() - 60_000);
const after = new Date(now.getTime() + 60_000);

function standing(part: Partial<StandingRow>) {
  const row: StandingRow = {
    delivery_id: 1,
    node_id: null,
    host: null,
    pid: null,
    heartbeat_at: null,
    due_at: before,
    last_class: null,
    endpoint_status: "active",
    endpoint_reason: null,
    endpoint_changed_at: before,
    endpoint_deleted: false,
    parked_until: null,
    capped: false,
    ahead: 0,
    ...part,
  };
  return describeStanding(row, now);
}

test.each<[string, Partial<StandingRow>]>([
  ["in_flight", { node_id: 3, host: "a.internal", pid: 77, endpoint_status: "paused" }],
  ["node_lost", { node_id: 3, host: null }],
  ["endpoint_ended", { endpoint_status: "disabled", endpoint_reason: "gone" }],
  ["endpoint_ended", { endpoint_deleted: true }],
  ["endpoint_paused", { endpoint_status: "paused", endpoint_reason: "failing", due_at: after }],
  ["endpoint_held", { endpoint_status: "paused", endpoint_reason: "held" }],
  ["key_unavailable", { due_at: after, last_class: "key_unavailable" }],
  ["not_due", { due_at: after, last_class: "http_server_error", capped: true }],
  ["parked", { parked_until: after, capped: true }],
  ["its_turn", { parked_until: before }],
  ["capped", { capped: true }],
])("%s is told first of all that hold it: %j", (code, part) => {
  expect(standing(part).code).toBe(code);
});

test("no host and no process is told", () => {
  expect(JSON.stringify(standing({ node_id: 3, host: "a.internal", pid: 77 }))).not.toMatch(/internal|77/);
});

test("how many are before it is told as far as they were counted", () => {
  expect(standing({}).text).toContain("the next of its endpoint");
  expect(standing({ ahead: 7, capped: true }).text).toContain("with 7 of its endpoint before it");
  expect(standing({ ahead: AHEAD_COUNTED_MAX }).text).toContain(`at least ${AHEAD_COUNTED_MAX}`);
});

test("what ends by itself says when", () => {
  expect(standing({ due_at: after }).until).toEqual(after);
  expect(standing({ parked_until: after }).until).toEqual(after);
});
