import fc from "fast-check";
import { expect, test } from "vitest";

import { later, secretStep, type SecretStep } from "../../../test/support/secret-steps.ts";
import {
  decideSecrets,
  RETIRING_MAX,
  type SecretDecision,
  type SecretEvent,
  type SecretMove,
  type SecretStanding,
  signs,
} from "./secret-lifecycle.ts";

const START = new Date("2026-01-01T00:00:00Z");
const THIRTY_DAYS_MS = 2_592_000_000;
const FIRST: SecretStanding[] = [{ number: 1, state: "active", expiresAt: null }];

interface Step {
  readonly event: SecretEvent;
  readonly decision: SecretDecision;
  readonly before: readonly SecretStanding[];
  readonly after: readonly SecretStanding[];
  readonly now: Date;
}

/** What the rows are after a decision was written. */
function write(versions: readonly SecretStanding[], decision: SecretDecision): SecretStanding[] {
  if (!decision.ok) return [...versions];
  const moves: SecretMove[] = [...decision.endings, ...decision.moves];
  const moved = versions.map((version): SecretStanding => {
    const move = moves.find((candidate) => candidate.number === version.number);
    return move === undefined ? version : { number: version.number, state: move.to, expiresAt: move.expiresAt };
  });
  return decision.added === null ? moved : [...moved, { ...decision.added, expiresAt: null }];
}

/** Walks from one active version; calls `check` after each event. */
function walk(steps: readonly SecretStep[], check: (step: Step) => void): void {
  let versions = FIRST;
  let now = START;
  for (const step of steps) {
    if ("kind" in step) {
      now = later(now, step.ms);
      continue;
    }
    const before = versions;
    const event = step.toEvent(now);
    const decision = decideSecrets({ versions, event, now });
    versions = write(versions, decision);
    check({ event, decision, before, after: versions, now });
  }
}

const walks = (check: (step: Step) => void): void =>
  fc.assert(
    fc.property(fc.array(secretStep, { maxLength: 40 }), (steps) => walk(steps, check)),
    { numRuns: 500 },
  );

const inState = (versions: readonly SecretStanding[], state: SecretStanding["state"]): readonly SecretStanding[] =>
  versions.filter((version) => version.state === state);
const signing = (versions: readonly SecretStanding[], now: Date): number[] =>
  versions.filter((version) => signs(version, now)).map((version) => version.number);

test("exactly one version is active after every event, and a deleted endpoint has only expired ones (1)", () => {
  walks(({ after, now }) => {
    expect(inState(after, "active")).toHaveLength(1);
    const deleted = write(after, decideSecrets({ versions: after, event: { kind: "delete_endpoint" }, now }));
    expect(inState(deleted, "expired")).toHaveLength(deleted.length);
  });
});

test("at most one version is staged and at most ten are retiring (2)", () => {
  walks(({ after }) => {
    expect(inState(after, "staged").length).toBeLessThanOrEqual(1);
    expect(inState(after, "retiring").length).toBeLessThanOrEqual(RETIRING_MAX);
  });
});

test("an end that an event sets is later than it, and at most 30 days (3)", () => {
  walks(({ decision, now }) => {
    const ends = decision.ok ? decision.moves.flatMap((move) => (move.to === "retiring" ? [move.expiresAt] : [])) : [];
    for (const end of ends) {
      expect(end.getTime()).toBeGreaterThan(now.getTime());
      expect(end.getTime()).toBeLessThanOrEqual(now.getTime() + THIRTY_DAYS_MS);
    }
  });
});

test("every event but a refused one leaves no retiring version whose end has come (3, 6)", () => {
  walks(({ decision, after, now }) => {
    if (!decision.ok) return;
    for (const version of inState(after, "retiring")) expect(signs(version, now)).toBe(true);
  });
});

test("an expired version stays as it expired (4), and numbers rise by one (5)", () => {
  walks(({ before, after }) => {
    for (const version of inState(before, "expired")) expect(after).toContainEqual(version);
    expect(after.map((version) => version.number)).toEqual(after.map((_, index) => index + 1));
  });
});

test("a version that ends by an event ends at its time, one that had ended keeps its end (4)", () => {
  walks(({ before, after, now }) => {
    for (const version of inState(after, "expired")) {
      const was = before.find((one) => one.number === version.number);
      if (was === undefined || was.state === "expired") continue;
      expect(version.expiresAt).toEqual(was.state === "retiring" && !signs(was, now) ? was.expiresAt : now);
    }
  });
});

test("something that signed before an event signs after it, unless the event is to end it all (7)", () => {
  walks(({ event, before, after, now }) => {
    if (event.kind === "replace" || event.kind === "activate_now") return;
    const still = new Set(signing(after, now));
    expect(signing(before, now).some((number) => still.has(number))).toBe(true);
  });
});

test("a staged version never signs, and only four events end its waiting (8)", () => {
  walks(({ event, before, after, now }) => {
    for (const { number } of inState(before, "staged")) {
      expect(signing(before, now)).not.toContain(number);
      const state = after.find((version) => version.number === number)?.state;
      const ends = ["activate", "activate_now", "unstage"].includes(event.kind);
      expect(state === "staged" || ends).toBe(true);
    }
  });
});

test("a refused event changes nothing (9)", () => {
  walks(({ decision, before, after }) => {
    if (!decision.ok) expect(after).toEqual(before);
  });
});

test("a version moves once in an event", () => {
  walks(({ decision }) => {
    const numbers = decision.ok ? [...decision.endings, ...decision.moves].map((move) => move.number) : [];
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
