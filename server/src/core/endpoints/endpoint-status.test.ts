import { expect, test } from "vitest";

import { decideHold, decideStatus } from "./endpoint-status.ts";

const ACTIVE = { status: "active", reason: null } as const;
const HELD = { status: "paused", reason: "held" } as const;
const PAUSED = { status: "paused", reason: "failing" } as const;
const DISABLED = { status: "disabled", reason: "gone" } as const;

test.each([
  [ACTIVE, "resume", false, { kind: "stay" }],
  [HELD, "resume", true, { kind: "stay" }],
  [HELD, "pause", true, { kind: "move", status: "paused", reason: "manual" }],
  [HELD, "disable", true, { kind: "move", status: "disabled", reason: "manual" }],
  [PAUSED, "resume", true, { kind: "move", ...HELD }],
  [PAUSED, "resume", false, { kind: "move", ...ACTIVE }],
  [PAUSED, "pause", true, { kind: "stay" }],
  [DISABLED, "resume", true, { kind: "move", ...HELD }],
  [DISABLED, "resume", false, { kind: "move", ...ACTIVE }],
  [DISABLED, "pause", true, { kind: "refuse" }],
] as const)("%j, asked to %s while held is %s", (endpoint, request, held, move) => {
  expect(decideStatus(endpoint, request, held)).toEqual(move);
});

test("held and released, every endpoint is what it was", () => {
  for (const endpoint of [ACTIVE, PAUSED, DISABLED]) {
    expect(decideHold(decideHold(endpoint, true), false)).toEqual(endpoint);
    expect(decideHold(decideHold(endpoint, true), true)).toEqual(decideHold(endpoint, true));
  }
  expect(decideHold(ACTIVE, true)).toEqual(HELD);
});
