import fc from "fast-check";
import { expect, test } from "vitest";

import {
  decideExpiry,
  decideRotation,
  type RotationConflict,
  type SecretMove,
  type SecretStanding,
  signs,
} from "./secret-lifecycle.ts";

type Step =
  | { readonly kind: "rotate"; readonly overlapMs: number; readonly onConflict: RotationConflict | null }
  | { readonly kind: "expire" }
  | { readonly kind: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("rotate" as const),
    overlapMs: fc.constantFrom(0, 1, 1000, 86_400_000),
    onConflict: fc.constantFrom<RotationConflict | null>(null, "expire_old", "discard_new"),
  }),
  fc.record({ kind: fc.constant("expire" as const) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 999, 1000, 90_000_000) }),
);

const START = new Date("2026-01-01T00:00:00Z");
const FIRST: SecretStanding[] = [{ number: 1, state: "active", expiresAt: null }];

function apply(versions: readonly SecretStanding[], moves: readonly SecretMove[], added?: number): SecretStanding[] {
  const moved = versions.map((version) => {
    const move = moves.find((candidate) => candidate.number === version.number);
    return move === undefined ? version : { number: version.number, state: move.to, expiresAt: move.expiresAt };
  });
  return added === undefined ? moved : [...moved, { number: added, state: "active", expiresAt: null }];
}

/** Walks from one active version; calls `check` with what stood before and after each step. */
function walk(
  steps: readonly Step[],
  check: (before: SecretStanding[], after: SecretStanding[], now: Date, taken: Step) => void,
): void {
  let versions = FIRST;
  let now = START;
  for (const taken of steps) {
    const before = versions;
    if (taken.kind === "wait") now = new Date(now.getTime() + taken.ms);
    else if (taken.kind === "expire") versions = apply(versions, decideExpiry({ versions, now }));
    else {
      const decision = decideRotation({ versions, now, ...taken });
      if (decision.ok) versions = apply(versions, decision.moves, decision.number);
    }
    check(before, versions, now, taken);
  }
}

const walks = (check: Parameters<typeof walk>[1]): void =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => walk(steps, check)),
    { numRuns: 500 },
  );

test("exactly one version is active after every step, and at most ten are retiring", () => {
  walks((_, after) => {
    expect(after.filter((version) => version.state === "active")).toHaveLength(1);
    expect(after.filter((version) => version.state === "retiring").length).toBeLessThanOrEqual(10);
  });
});

test("an expired version stays as it expired, and numbers only rise", () => {
  walks((before, after) => {
    for (const version of before.filter((one) => one.state === "expired")) expect(after).toContainEqual(version);
    expect(after.map((version) => version.number)).toEqual(after.map((_, index) => index + 1));
  });
});

test("a rotation or an expiry leaves no retiring version whose end has passed", () => {
  walks((before, after, now, taken) => {
    if (taken.kind === "wait" || before === after) return;
    for (const version of after.filter((one) => one.state === "retiring")) expect(signs(version, now)).toBe(true);
  });
});

test("with an overlap, something the receiver knew goes on signing through every rotation", () => {
  walks((before, after, now, taken) => {
    if (taken.kind !== "rotate" || taken.overlapMs === 0 || before === after) return;
    const known = before.filter((version) => signs(version, now)).map((version) => version.number);
    const signing = new Set(after.filter((version) => signs(version, now)).map((version) => version.number));
    expect(known.some((number) => signing.has(number))).toBe(true);
  });
});

test("a rotation within an overlap is refused until the latest end, unless it is said how", () => {
  const versions: SecretStanding[] = [
    { number: 1, state: "retiring", expiresAt: new Date(START.getTime() + 1000) },
    { number: 2, state: "active", expiresAt: null },
  ];
  const until = new Date(START.getTime() + 1000);
  const ask = { versions, overlapMs: 5000, onConflict: null };
  expect(decideRotation({ ...ask, now: new Date(until.getTime() - 1) })).toEqual({
    ok: false,
    reason: "rotation_in_progress",
    until,
  });
  expect(decideRotation({ ...ask, now: until }).ok).toBe(true);
});

test("expire_old ends the old version and lets the newest retire; discard_new ends the newest and keeps the old", () => {
  const versions: SecretStanding[] = [
    { number: 1, state: "retiring", expiresAt: new Date(START.getTime() + 1000) },
    { number: 2, state: "active", expiresAt: null },
  ];
  const end = new Date(START.getTime() + 5000);
  const ask = { versions, now: START, overlapMs: 5000 };
  expect(decideRotation({ ...ask, onConflict: "expire_old" })).toMatchObject({
    number: 3,
    overlapEndsAt: end,
    moves: [
      { number: 1, to: "expired", expiresAt: START },
      { number: 2, to: "retiring", expiresAt: end },
    ],
  });
  expect(decideRotation({ ...ask, onConflict: "discard_new" })).toMatchObject({
    number: 3,
    overlapEndsAt: end,
    moves: [
      { number: 2, to: "expired", expiresAt: START },
      { number: 1, to: "retiring", expiresAt: end },
    ],
  });
});
